#include "../int8.h"

#include <cstring>
#include <vector>

#include "../block_weights.h"
#include "../pack.h"
#include "../row_weights.h"
#include "check.h"

namespace biox::test {
namespace {

// A number of the arranged hidden vector, whichever way its group lies.
std::int32_t NumberOf(const std::vector<std::int16_t>& numbers, std::size_t k, std::size_t group) {
  if (group < 4) return numbers[k];
  const auto* bytes = reinterpret_cast<const std::int8_t*>(numbers.data() + k / group * group);
  return 256 * bytes[k % group] + bytes[group + k % group];
}

// Each stored number within half of its row's scale of the weight, whatever the sizes of columns and rows; zeros stay zeros.
void TestBlocks(std::size_t rows, std::size_t rank, std::size_t group) {
  Random random(rows * 7 + rank);
  AlignedFloats blocks(BlockSize(rows, rank));
  const auto size = [](std::size_t k) { return k % 5 == 4 ? 0.0 : std::pow(10.0, static_cast<double>(k % 7) * 5 - 15); };
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < rank; ++k) {
      blocks.data()[BlockIndex(i, k, rank)] = static_cast<float>(random.Next() * size(k) * (i % 6 == 5 ? 0 : std::pow(2.0, i % 9)));
    }
  }
  const Int8Blocks stored(blocks, rank, group);
  bool ok = stored.ok();
  for (std::size_t i = 0; ok && i < rows; ++i) {
    for (std::size_t k = 0; k < rank; ++k) {
      const double column = stored.columns()[k];
      const double scale = FloatOf(stored.scales()[i]) * column;
      const double weight = blocks.data()[BlockIndex(i, k, rank)];
      const int number = stored.data()[GroupedIndex(i, k, stored.padded_rank(), group)];
      if (number < -127 || number > 127 || !(std::fabs(number * scale - weight) <= 0.501 * scale + 1e-40)) ok = false;
    }
  }
  Check(ok, "int8 blocks", "any", {rows, rank, group});
}

void TestRows() {
  const float values[] = {1, -0.5f, 0.25f, 0, 0, 0, 3e-20f, -4e-20f, 1e-22f, 1e-45f, 0, 0};
  const Int8Rows rows(values, 4, 3);
  const std::int8_t expected[] = {127, -64, 32, 0, 0, 0, 95, -127, 0, 0, 0, 0};
  Check(rows.ok() && std::memcmp(rows.data(), expected, sizeof(expected)) == 0, "int8 rows", "any", {});
  Check(rows.bytes() == 12 + 16, "bytes of int8 rows", "any", {rows.bytes()});
  bool near = true;
  for (std::size_t i = 0; i < 9; ++i) {
    const double scale = rows.scales()[i / 3];
    near = near && std::fabs(rows.data()[i] * scale - values[i]) <= 0.501 * scale;
  }
  Check(near, "int8 rows", "any", {1});
}

// The hidden vector to 15 bits, less where the sum would not fit into 32 bits, and NaN where it is not finite.
void TestHidden(std::size_t rank, std::size_t group) {
  AlignedFloats blocks(BlockSize(1, rank));
  for (std::size_t k = 0; k < rank; ++k) blocks.data()[BlockIndex(0, k, rank)] = static_cast<float>(1 + k % 3);
  const Int8Blocks stored(blocks, rank, group);
  Random random(rank);
  Floats hidden(rank, 0, random);
  hidden.data()[rank / 2] = -1;
  std::vector<std::int16_t> numbers(stored.padded_rank(), 77);
  const double unscale = ArrangeHidden(stored, hidden.data(), rank, group, numbers.data());
  double sum = 0, worst = 0;
  for (std::size_t k = 0; k < rank; ++k) {
    const std::int32_t number = NumberOf(numbers, k, group);
    worst = std::fmax(worst, std::fabs(number * unscale / stored.columns()[k] - hidden[k]) * stored.columns()[k] / unscale);
    sum += std::abs(number);
  }
  Check(worst <= 1.01, "hidden in whole numbers", "any", {rank, group});
  Check(sum * 127 < 2147483648.0 && sum * 127 > (rank > 2000 ? 2.1e9 : 0), "sum of hidden", "any", {rank, group});
  bool padded = true;
  for (std::size_t k = rank; k < stored.padded_rank(); ++k) padded = padded && NumberOf(numbers, k, group) == 0;
  Check(padded, "padding of hidden", "any", {rank, group});
  hidden.data()[0] = NAN;
  Check(std::isnan(ArrangeHidden(stored, hidden.data(), rank, group, numbers.data())), "hidden NaN", "any", {rank, group});
  for (std::size_t k = 0; k < rank; ++k) hidden.data()[k] = 0;
  Check(ArrangeHidden(stored, hidden.data(), rank, group, numbers.data()) == 0, "hidden zero", "any", {rank, group});
}

// A kernel against the same sum written down: whole numbers, so exactly.
void TestCombine(const KernelTable& kernels, std::size_t n, std::size_t rank, std::size_t windows) {
  Random random(n * 100 + rank);
  const std::size_t group = kernels.int8_group;
  AlignedFloats blocks(BlockSize(n, rank));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < rank; ++k) blocks.data()[BlockIndex(i, k, rank)] = random.Next();
  }
  const Int8Blocks stored(blocks, rank, group);
  const std::size_t padded = stored.padded_rank();
  std::vector<std::int16_t> numbers(windows * padded);
  std::vector<float> unscale(windows);
  std::vector<std::vector<std::int16_t>> of_window(windows, std::vector<std::int16_t>(padded));
  const Floats hidden(windows * rank, 0, random);
  for (std::size_t w = 0; w < windows; ++w) {
    unscale[w] = ArrangeHidden(stored, hidden.data() + w * rank, rank, group, of_window[w].data());
    std::memcpy(numbers.data() + w * padded, of_window[w].data(), padded * sizeof(std::int16_t));
  }
  Floats out(windows * n, 1);
  kernels.combine_int8(stored.data(), stored.scales(), numbers.data(), unscale.data(), padded, n, windows, out.data(), n);
  bool ok = true;
  for (std::size_t w = 0; w < windows; ++w) {
    for (std::size_t i = 0; i < n; ++i) {
      std::int64_t sum = 0;
      for (std::size_t k = 0; k < rank; ++k) sum += stored.data()[GroupedIndex(i, k, padded, group)] * NumberOf(of_window[w], k, group);
      const double expected = static_cast<double>(sum) * FloatOf(stored.scales()[i]) * unscale[w];
      if (!(std::fabs(out[w * n + i] - expected) <= 4e-7 * std::fabs(expected))) ok = false;
    }
  }
  Check(ok, "combine_int8", kernels.name, {n, rank, windows});
}

void TestDot(const KernelTable& kernels, std::size_t n, std::size_t skew) {
  Random random(n);
  const std::unique_ptr<std::int8_t[]> heap(new std::int8_t[n + skew]);
  std::int8_t* numbers = heap.get() + skew;
  const Floats x(n, skew, random);
  double expected = 0, size = 0;
  for (std::size_t i = 0; i < n; ++i) {
    numbers[i] = static_cast<std::int8_t>(random.Next() * 128);
    expected += static_cast<double>(numbers[i]) * x[i];
    size += std::fabs(static_cast<double>(numbers[i]) * x[i]);
  }
  Check(std::fabs(kernels.dot_int8(numbers, x.data(), n) - expected) <= 1e-6 * size, "dot_int8", kernels.name, {n, skew});
}

// The largest numbers there are, all of one sign, in a rank so large that the sum only just fits.
void TestLargest(const KernelTable& kernels) {
  constexpr std::size_t kRank = 1000;
  AlignedFloats blocks(BlockSize(64, kRank));
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks.data()[i] = 1;
  BlockWeights weights(kernels, std::move(blocks), kRank, Precision::kInt8);
  std::vector<float> hidden(kRank, 1), out(64);
  weights.Apply(kernels, hidden.data(), 1, 64, out.data(), 64);
  bool ok = weights.ok();
  for (float value : out) ok = ok && std::fabs(value - kRank) < 0.2;
  Check(ok, "largest int8 sum", kernels.name, {kRank});
}

}  // namespace

void TestInt8() {
  TestRows();
  for (std::size_t group : {1u, 2u, 4u}) {
    for (std::size_t rank : {1u, 2u, 5u, 8u, 31u, 256u, 3000u}) {
      TestHidden(rank, group);
      if (rank < 300) TestBlocks(131, rank, group);
    }
  }
  ForEachTarget([](const KernelTable& kernels) {
    for (std::size_t n = 1; n <= 67; ++n) {
      TestCombine(kernels, n, 1 + n % 11, 1 + n % 9);
      for (std::size_t skew = 0; skew < 4; ++skew) TestDot(kernels, n, skew);
    }
    for (std::size_t rank : {1u, 8u, 32u, 256u}) {
      for (std::size_t windows = 1; windows <= 9; ++windows) TestCombine(kernels, 129, rank, windows);
    }
    TestLargest(kernels);
  });
}

}  // namespace biox::test
