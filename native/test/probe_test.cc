#include "../probe.h"

#include <vector>

#include "check.h"

namespace biox::test {
namespace {

void TestLinear(const KernelTable& kernels, std::size_t classes, std::size_t features, std::size_t windows) {
  Random random(features);
  const Floats weight(classes * features, 1, random), bias(classes, 0, random), pooled(windows * features, 3, random);
  const auto probe = Probe::Create(kernels, weight.data(), bias.data(), classes, features);
  if (probe == nullptr) return Check(false, "create probe", kernels.name, {classes, features});
  std::vector<double> expected(windows * classes);
  for (std::size_t n = 0; n < windows; ++n) {
    for (std::size_t k = 0; k < classes; ++k) {
      double sum = bias[k];
      for (std::size_t i = 0; i < features; ++i) {
        sum += static_cast<double>(weight[k * features + i]) * pooled[n * features + i];
      }
      expected[n * classes + k] = sum;
    }
  }
  Floats logits(expected.size(), 1);
  const std::size_t before = allocations;
  probe->Run(pooled.data(), windows, logits.data());
  Check(allocations == before, "probe allocates nothing", kernels.name, {classes, features, windows});
  Check(RelativeError(logits.data(), expected.data(), expected.size()) <= 1e-5, "probe", kernels.name,
        {classes, features, windows});
}

void TestSoftmax(std::size_t classes) {
  Random random(classes);
  Floats logits(2 * classes, 1, random);
  logits.data()[0] = 1000;  // would overflow without the shift by the maximum
  Floats probs(2 * classes);
  Softmax(logits.data(), 2, classes, probs.data());
  std::vector<double> expected(2 * classes);
  for (std::size_t n = 0; n < 2; ++n) {
    double max = -INFINITY, sum = 0;
    for (std::size_t i = 0; i < classes; ++i) {
      if (logits[n * classes + i] > max) max = logits[n * classes + i];
    }
    for (std::size_t i = 0; i < classes; ++i) sum += std::exp(logits[n * classes + i] - max);
    for (std::size_t i = 0; i < classes; ++i) expected[n * classes + i] = std::exp(logits[n * classes + i] - max) / sum;
  }
  Check(RelativeError(probs.data(), expected.data(), expected.size()) <= 1e-6, "softmax", "any", {classes});
}

}  // namespace

void TestProbe() {
  ForEachTarget([](const KernelTable& kernels) {
    for (std::size_t size = 1; size <= 67; ++size) TestLinear(kernels, 1 + size % 7, size, 1 + size % 3);
    TestLinear(kernels, 3, 768, 2);
  });
  for (std::size_t classes : {1u, 2u, 3u, 5u, 67u}) TestSoftmax(classes);
  const float broken[2] = {1, NAN};
  float probs[2];
  Softmax(broken, 1, 2, probs);
  Check(std::isnan(probs[0]) && std::isnan(probs[1]), "softmax of NaN", "any", {});
}

}  // namespace biox::test
