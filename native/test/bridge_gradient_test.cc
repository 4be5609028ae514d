#include "../bridge_gradient.h"

#include <vector>

#include "check.h"

namespace biox::test {
namespace {

constexpr double kTolerance = 1e-5;

void TestMatmul(const KernelTable& kernels, std::size_t rows, std::size_t columns, std::size_t depth, std::size_t skew) {
  Random random(rows * 31 + columns);
  // The left side is stored transposed, the right one with a gap at the end of each row.
  const std::size_t gap = 3;
  const Floats a(depth * rows, skew, random), b(depth * (columns + gap), skew + 1, random), start(rows * (columns + gap), 0, random);
  Floats c(rows * (columns + gap), skew);
  std::vector<double> expected(rows * (columns + gap));
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns + gap; ++j) {
      double& sum = expected[i * (columns + gap) + j];
      sum = c.data()[i * (columns + gap) + j] = start[i * (columns + gap) + j];
      for (std::size_t k = 0; j < columns && k < depth; ++k) {
        sum += static_cast<double>(a[k * rows + i]) * b[k * (columns + gap) + j];
      }
    }
  }
  Matmul matmul(kernels);
  const std::size_t before = allocations;
  matmul.Add({a.data(), 1, rows}, {b.data(), columns + gap, 1}, rows, columns, depth, c.data(), columns + gap);
  Check(allocations == before, "matmul allocates nothing", kernels.name, {rows, columns, depth});
  Check(RelativeError(c.data(), expected.data(), c.size()) <= kTolerance, "matmul", kernels.name, {rows, columns, depth, skew});
}

struct Weights {
  Floats a, b, prototypes;
  Weights(const BridgeShape& s, Random random)
      : a(s.rank * s.channels_in, 1, random), b(s.prototypes * s.tokens * s.rank, 0, random), prototypes(s.width * s.prototypes, 2, random) {}
};

// Sum over windows of <dout, Z>, in float64: linear in each of the weights, so its gradients are those of Backward.
double Value(const BridgeShape& s, const double* a, const double* b, const double* prototypes, const Floats& x, const Floats& dout,
             std::size_t windows, TargetOrder order) {
  double value = 0;
  for (std::size_t n = 0; n < windows; ++n) {
    std::vector<double> h(s.rank, 0);
    for (std::size_t k = 0; k < s.rank; ++k) {
      for (std::size_t i = 0; i < s.channels_in; ++i) h[k] += a[k * s.channels_in + i] * x[n * s.channels_in + i];
    }
    for (std::size_t t = 0; t < s.tokens; ++t) {
      for (std::size_t p = 0; p < s.prototypes; ++p) {
        double w = 0;
        for (std::size_t k = 0; k < s.rank; ++k) w += b[(p * s.tokens + t) * s.rank + k] * h[k];
        for (std::size_t c = 0; c < s.width; ++c) {
          const std::size_t at = order == TargetOrder::kTokensFirst ? t * s.width + c : c * s.tokens + t;
          value += w * prototypes[c * s.prototypes + p] * dout[n * s.tokens * s.width + at];
        }
      }
    }
  }
  return value;
}

// Differences of one whole unit are exact, since the value is linear in every single weight.
void TestBackward(const KernelTable& kernels, const BridgeShape& s, std::size_t windows, TargetOrder order) {
  Random random(s.tokens);
  const Weights weights(s, random);
  const Floats x(windows * s.channels_in, 1, random), dout(windows * s.tokens * s.width, 3, random);
  const auto gradient = BridgeGradient::Create(kernels, s, order, windows);
  if (gradient == nullptr) return Check(false, "create gradient", kernels.name, {});
  const BridgeWeights views = {weights.a.data(), weights.b.data(), weights.prototypes.data()};
  Floats out(dout.size(), 1), da(weights.a.size(), 1), db(weights.b.size(), 1), dp(weights.prototypes.size(), 1);
  const std::size_t before = allocations;
  gradient->Forward(views, x.data(), windows, out.data());
  gradient->Backward(views, x.data(), dout.data(), windows, {da.data(), db.data(), dp.data()});
  Check(allocations == before, "gradient allocates nothing", kernels.name, {});

  std::vector<double> flat;
  for (const Floats* part : {&weights.a, &weights.b, &weights.prototypes}) flat.insert(flat.end(), part->data(), part->data() + part->size());
  const auto value = [&] {
    const double* a = flat.data();
    return Value(s, a, a + da.size(), a + da.size() + db.size(), x, dout, windows, order);
  };
  const double start = value();
  double forward = 0;
  for (std::size_t i = 0; i < out.size(); ++i) forward += static_cast<double>(out[i]) * dout[i];
  Check(std::fabs(forward - start) <= 1e-4 * (1 + std::fabs(start)), "gradient forward", kernels.name, {s.tokens, windows});

  std::vector<float> found(da.data(), da.data() + da.size());
  found.insert(found.end(), db.data(), db.data() + db.size());
  found.insert(found.end(), dp.data(), dp.data() + dp.size());
  std::vector<double> expected(flat.size());
  for (std::size_t i = 0; i < flat.size(); ++i) {
    const double weight = flat[i];
    flat[i] += 1;
    expected[i] = value() - start;
    flat[i] = weight;
  }
  Check(RelativeError(found.data(), expected.data(), found.size()) <= kTolerance, "gradient", kernels.name,
        {s.channels_in, s.rank, s.prototypes, s.tokens, s.width, windows, static_cast<std::size_t>(order)});
}

}  // namespace

void TestBridgeGradient() {
  ForEachTarget([](const KernelTable& kernels) {
    for (std::size_t size = 1; size <= 67; ++size) TestMatmul(kernels, size, 1 + size * 7 % 67, 1 + size * 5 % 67, size % 4);
    TestMatmul(kernels, 5, Matmul::kColumns + 9, Matmul::kDepth + 7, 1);
    TestMatmul(kernels, 13, 2 * Matmul::kColumns, 2 * Matmul::kDepth, 2);
    for (TargetOrder order : {TargetOrder::kTokensFirst, TargetOrder::kChannelsFirst}) {
      TestBackward(kernels, {1, 1, 1, 1, 1}, 1, order);
      TestBackward(kernels, {5, 3, 4, 7, 6}, 3, order);
      TestBackward(kernels, {9, 2, 5, 17, 19}, 2, order);
    }
  });
}

}  // namespace biox::test
