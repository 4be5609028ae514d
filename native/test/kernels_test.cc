#include <cstring>
#include <vector>

#include "../half.h"
#include "../pack.h"
#include "check.h"

namespace biox::test {
namespace {

constexpr double kTolerance = 1e-5;
constexpr std::size_t kSizes = 67;
constexpr std::size_t kSkews = 4;

// Sums of positive numbers, so that the relative error means something.
Floats Positive(std::size_t size, std::size_t skew, Random& random) {
  Floats x(size, skew, random);
  for (std::size_t i = 0; i < size; ++i) x.data()[i] += 1.5f;
  return x;
}

void TestRowSum(const KernelTable& kernels, std::size_t n, std::size_t skew) {
  Random random(n);
  const Floats x = Positive(n, skew, random);
  double expected = 0;
  for (std::size_t i = 0; i < n; ++i) expected += x[i];
  Check(std::fabs(kernels.row_sum(x.data(), n) - expected) <= 3e-6 * expected, "row_sum", kernels.name, {n, skew});
}

void TestColumnSums(const KernelTable& kernels, std::size_t rows, std::size_t width, std::size_t stride, std::size_t skew) {
  Random random(rows * 1000 + width);
  const Floats x = Positive((rows - 1) * stride + width, skew, random);
  std::vector<double> sums(width, -1);
  kernels.column_sums(x.data(), rows, stride, width, sums.data());
  bool ok = true;
  for (std::size_t j = 0; j < width; ++j) {
    double expected = 0;
    for (std::size_t i = 0; i < rows; ++i) expected += x[i * stride + j];
    if (!(std::fabs(sums[j] - expected) <= 3e-6 * expected)) ok = false;
  }
  Check(ok, "column_sums", kernels.name, {rows, width, stride, skew});
}

void TestDot(const KernelTable& kernels, std::size_t n, std::size_t skew) {
  Random random(n);
  const Floats a = Positive(n, skew, random);
  const Floats b = Positive(n, kSkews - skew, random);
  double expected = 0;
  for (std::size_t i = 0; i < n; ++i) expected += static_cast<double>(a[i]) * b[i];
  Check(std::fabs(kernels.dot(a.data(), b.data(), n) - expected) <= kTolerance * expected, "dot", kernels.name, {n, skew});
}

// Every window against the definition, and its bits against those it gets alone.
void TestCombine(const KernelTable& kernels, std::size_t n, std::size_t rank, std::size_t windows, std::size_t skew) {
  Random random(n * 100 + rank);
  const Floats matrix(n * rank, 0, random);
  const Floats h(windows * rank, skew, random);
  Floats packed(BlockSize(n, rank), skew);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < rank; ++k) packed.data()[BlockIndex(i, k, rank)] = matrix[i * rank + k];
  }
  const std::size_t stride = n + skew;
  Floats out((windows - 1) * stride + n, skew), alone(n);
  for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = 7;
  kernels.combine(packed.data(), h.data(), rank, n, windows, out.data(), stride);
  bool near = true, same = true, untouched = true;
  for (std::size_t w = 0; w < windows; ++w) {
    std::vector<double> expected(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < rank; ++k) expected[i] += static_cast<double>(matrix[i * rank + k]) * h[w * rank + k];
    }
    const float* of_window = out.data() + w * stride;
    near = near && RelativeError(of_window, expected.data(), n) <= kTolerance;
    kernels.combine(packed.data(), h.data() + w * rank, rank, n, 1, alone.data(), n);
    same = same && std::memcmp(of_window, alone.data(), n * sizeof(float)) == 0;
    for (std::size_t i = n; w + 1 < windows && i < stride; ++i) untouched = untouched && of_window[i] == 7;
  }
  Check(near, "combine", kernels.name, {n, rank, windows, skew});
  Check(same, "combine of one window", kernels.name, {n, rank, windows, skew});
  Check(untouched, "combine between windows", kernels.name, {n, rank, windows, skew});
}

// The same kernels on the same numbers in binary16, which hold them exactly: multiples of 2^-10 below 1.
void TestHalves(const KernelTable& kernels, std::size_t n, std::size_t rank, std::size_t windows, std::size_t skew) {
  Random random(n * 100 + rank);
  const std::size_t size = BlockSize(n, rank);
  const std::unique_ptr<Half[]> heap(new Half[size + skew]);
  Half* halves = heap.get() + skew;
  Floats packed(size);
  for (std::size_t i = 0; i < size; ++i) halves[i] = HalfOf(packed.data()[i] = std::floor(random.Next() * 1024) / 1024);
  const Floats h(windows * rank, skew, random), x(size, skew, random);
  Floats expected(windows * n), out(windows * n, skew);
  kernels.combine(packed.data(), h.data(), rank, n, windows, expected.data(), n);
  kernels.combine_half(halves, h.data(), rank, n, windows, out.data(), n);
  bool same = true;
  for (std::size_t i = 0; i < windows * n; ++i) same = same && out[i] == expected[i];
  Check(same, "combine_half", kernels.name, {n, rank, windows, skew});
  const double difference = kernels.dot_half(halves, x.data(), n) - kernels.dot(packed.data(), x.data(), n);
  Check(std::fabs(difference) <= 1e-6 * static_cast<double>(n), "dot_half", kernels.name, {n, skew});
}

void TestTile(const KernelTable& kernels, std::size_t depth, std::size_t ldc_extra, std::size_t skew) {
  Random random(depth);
  const std::size_t rows = kernels.tile_rows;
  const std::size_t columns = kernels.tile_columns;
  const std::size_t ldc = columns + ldc_extra;
  const Floats a(rows * depth, skew, random);
  const Floats b(columns * depth, skew, random);
  Floats c((rows - 1) * ldc + columns, skew);
  for (std::size_t i = 0; i < c.size(); ++i) c.data()[i] = 7;
  std::vector<double> expected(c.size(), 7);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < depth; ++k) sum += static_cast<double>(a[k * rows + i]) * b[k * columns + j];
      expected[i * ldc + j] = sum;
    }
  }
  kernels.tile(a.data(), b.data(), depth, c.data(), ldc);
  Check(RelativeError(c.data(), expected.data(), c.size()) <= kTolerance, "tile", kernels.name, {depth, ldc, skew});
}

// Whole numbers small enough to add up exactly in any order: each is read once, and none beyond the last whole step.
void TestRead(const KernelTable& kernels, std::size_t n, std::size_t skew) {
  Floats x(n, skew);
  double expected = 0;
  for (std::size_t i = 0; i < n; ++i) expected += x.data()[i] = static_cast<float>(i % 61);
  Check(kernels.read(x.data(), n) == expected, "read", kernels.name, {n, skew});
}

// s -> 0 s + 1 ends at 1 in every chain; s -> s + 1 counts the steps.
void TestMultiplyAdds(const KernelTable& kernels) {
  Floats seed(kSeedFloats);
  const auto chains = static_cast<double>(kernels.multiply_adds_per_step);
  seed.data()[1] = 1;
  Check(kernels.multiply_adds(seed.data(), 5) == chains, "multiply_adds", kernels.name, {0});
  Floats counting(kSeedFloats);
  counting.data()[0] = counting.data()[1] = 1;
  const double before = kernels.multiply_adds(counting.data(), 0);
  Check(kernels.multiply_adds(counting.data(), 1000) - before == 1000 * chains, "multiply_adds", kernels.name, {1});
}

}  // namespace

void TestKernels() {
  ForEachTarget([](const KernelTable& kernels) {
    Check(kernels.tile_rows * kernels.tile_columns <= kMaxTile, "tile size", kernels.name, {kMaxTile});
    for (std::size_t n : {1u, 8u, 40u}) TestRead(kernels, n * kReadStep, n % kSkews);
    TestMultiplyAdds(kernels);
    for (std::size_t n = 1; n <= kSizes; ++n) {
      for (std::size_t skew = 0; skew < kSkews; ++skew) {
        TestRowSum(kernels, n, skew);
        TestDot(kernels, n, skew);
        TestCombine(kernels, n, 1 + n % 11, 1 + n % 9, skew);
        TestHalves(kernels, n, 1 + n % 11, 1 + n % 9, skew);
        TestTile(kernels, n, n % 5, skew);
      }
      for (std::size_t width = 1; width <= kSizes; ++width) {
        TestColumnSums(kernels, n, width, width + n % 3, width % kSkews);
      }
    }
    // Long windows: several flushes, every phase of the flush and of the row group.
    for (std::size_t n : {255u, 256u, 257u, 1023u, 1875u, 2047u, 2048u, 2049u, 7499u, 7500u}) {
      TestRowSum(kernels, n, n % kSkews);
      TestColumnSums(kernels, n, 5, 64, n % kSkews);
      TestColumnSums(kernels, n, 256, 512, n % kSkews);
    }
    for (std::size_t rows : {1u, 8u, 300u}) TestColumnSums(kernels, rows, kColumnBlock, kColumnBlock + 3, 1);
    for (std::size_t n : {64u, 128u, 129u, 1000u}) {
      for (std::size_t rank : {1u, 8u, 32u, 256u}) {
        for (std::size_t windows = 1; windows <= 9; ++windows) {
          TestCombine(kernels, n, rank, windows, n % kSkews);
          TestHalves(kernels, n, rank, windows, n % kSkews);
        }
      }
    }
    for (std::size_t depth : {150u, 300u}) TestTile(kernels, depth, 3, depth % kSkews);
  });
}

}  // namespace biox::test
