#include "../bridge.h"

#include <cstring>
#include <vector>

#include "check.h"

namespace biox::test {
namespace {

constexpr double kTolerance = 1e-5;
// Weights of 11 and of 8 bits; sums that nearly cancel make the worst of it, where an output has few terms. The kernels themselves are
// tested much closer.
constexpr double kHalfTolerance = 2e-2;
constexpr double kInt8Tolerance = 0.3;

double ToleranceOf(Precision precision) {
  return precision == Precision::kFloat32 ? kTolerance : precision == Precision::kFloat16 ? kHalfTolerance : kInt8Tolerance;
}
constexpr double kPoolTolerance = 1e-5;

struct Case {
  BridgeShape shape;
  std::size_t time;
  std::size_t windows;
};

struct Inputs {
  Floats a, b, prototypes, features;

  Inputs(const Case& c, std::size_t skew, Random random)
      : a(c.shape.rank * c.shape.channels_in, skew, random),
        b(c.shape.prototypes * c.shape.tokens * c.shape.rank, skew, random),
        prototypes(c.shape.width * c.shape.prototypes, skew, random),
        features(c.windows * c.time * c.shape.channels_in, skew, random) {}
};

// The method as it is written, in float64: pool, project, expand, mix, and the output in either order.
std::vector<double> Reference(const Case& c, const Inputs& in, FeatureLayout layout, TargetOrder order) {
  const auto& [channels, rank, prototypes, tokens, width] = c.shape;
  std::vector<double> out(c.windows * tokens * width, 0);
  for (std::size_t n = 0; n < c.windows; ++n) {
    std::vector<double> x(channels, 0), h(rank, 0), w(prototypes * tokens, 0);
    const float* features = in.features.data() + n * c.time * channels;
    for (std::size_t t = 0; t < c.time; ++t) {
      for (std::size_t i = 0; i < channels; ++i) {
        x[i] += features[layout == FeatureLayout::kNTC ? t * channels + i : i * c.time + t];
      }
    }
    for (std::size_t k = 0; k < rank; ++k) {
      for (std::size_t i = 0; i < channels; ++i) h[k] += in.a[k * channels + i] * x[i] / static_cast<double>(c.time);
    }
    for (std::size_t i = 0; i < prototypes * tokens; ++i) {
      for (std::size_t k = 0; k < rank; ++k) w[i] += in.b[i * rank + k] * h[k];
    }
    for (std::size_t i = 0; i < width; ++i) {
      for (std::size_t t = 0; t < tokens; ++t) {
        double z = 0;
        for (std::size_t p = 0; p < prototypes; ++p) z += in.prototypes[i * prototypes + p] * w[p * tokens + t];
        out[n * tokens * width + (order == TargetOrder::kTokensFirst ? t * width + i : i * tokens + t)] = z;
      }
    }
  }
  return out;
}

void TestRun(const KernelTable& kernels, const Case& c, FeatureLayout layout, TargetOrder order, Plan plan,
             Precision precision, std::size_t skew) {
  const Inputs in(c, skew, Random(c.time));
  const auto& s = c.shape;
  const std::initializer_list<std::size_t> sizes = {
      s.channels_in, s.rank, s.prototypes, s.tokens, s.width, c.time, c.windows, static_cast<std::size_t>(layout),
      static_cast<std::size_t>(order), static_cast<std::size_t>(plan), static_cast<std::size_t>(precision)};
  const auto bridge =
      Bridge::Create(kernels, {in.a.data(), in.b.data(), in.prototypes.data()}, s, layout, order, plan, precision);
  if (bridge == nullptr) return Check(false, "create", kernels.name, sizes);

  const std::vector<double> expected = Reference(c, in, layout, order);
  Floats out(expected.size(), skew);
  Floats again(expected.size(), skew + 1);
  const std::size_t before = allocations;
  bridge->Run(in.features.data(), c.time, c.windows, out.data());
  bridge->Run(in.features.data(), c.time, c.windows, again.data());
  Check(allocations == before, "run allocates nothing", kernels.name, sizes);
  Check(RelativeError(out.data(), expected.data(), expected.size()) <= ToleranceOf(precision), "run", kernels.name, sizes);
  Check(std::memcmp(out.data(), again.data(), expected.size() * sizeof(float)) == 0, "run twice", kernels.name, sizes);
  const std::size_t outputs = s.tokens * s.width;
  bool alone = true;
  for (std::size_t n = 0; n < c.windows; ++n) {
    bridge->Run(in.features.data() + n * c.time * s.channels_in, c.time, 1, again.data());
    alone = alone && std::memcmp(out.data() + n * outputs, again.data(), outputs * sizeof(float)) == 0;
  }
  Check(alone, "each window alone", kernels.name, sizes);

  Floats pooled(c.windows * s.channels_in), hidden(c.windows * s.rank), steps(expected.size());
  bridge->Pool(in.features.data(), c.time, c.windows, pooled.data());
  bridge->Project(pooled.data(), c.windows, hidden.data());
  bridge->ExpandMix(hidden.data(), c.windows, steps.data());
  Check(std::memcmp(out.data(), steps.data(), expected.size() * sizeof(float)) == 0, "steps", kernels.name, sizes);
}

void TestAllWays(const KernelTable& kernels, const Case& c, std::size_t skew) {
  for (auto layout : {FeatureLayout::kNTC, FeatureLayout::kNCT}) {
    for (auto order : {TargetOrder::kTokensFirst, TargetOrder::kChannelsFirst}) {
      for (auto plan : {Plan::kFactored, Plan::kFolded}) {
        for (auto precision : {Precision::kFloat32, Precision::kFloat16, Precision::kInt8}) {
          TestRun(kernels, c, layout, order, plan, precision, skew);
        }
      }
    }
  }
}

// A constant is the worst case for a float32 sum: every rounding error has the same sign.
void TestPoolAccuracy(const KernelTable& kernels, float value) {
  constexpr std::size_t kTime = 7500, kChannels = 32;
  Floats features(kTime * kChannels);
  for (std::size_t i = 0; i < features.size(); ++i) features.data()[i] = value;
  const std::vector<double> expected(kChannels, value);
  for (auto layout : {FeatureLayout::kNTC, FeatureLayout::kNCT}) {
    Floats pooled(kChannels);
    PoolMean(kernels, features.data(), kTime, kChannels, layout, pooled.data());
    Check(RelativeError(pooled.data(), expected.data(), kChannels) <= kPoolTolerance, "pool accuracy", kernels.name, {kTime});
  }
}

void CheckPlan(const KernelTable& kernels, const char* route, const PlanCase& plan_case, Plan expected) {
  Check(ChoosePlan(kernels, plan_case) == expected, route, kernels.name,
        {static_cast<std::size_t>(plan_case.precision), plan_case.batch, static_cast<std::size_t>(plan_case.caches.l3)});
}

// Choices for given caches on the shapes of the routes that the method's authors trained; those of x86 were measured.
void TestPlanner(const KernelTable& kernels) {
  constexpr Caches kServer = {1 << 20, 32 << 20}, kBoard = {1 << 20, 0};
  constexpr BridgeShape kEcg2Ppg = {64, 8, 150, 93, 512}, kEmg2Eeg = {200, 8, 50, 1680, 768};
  const bool avx512 = std::strcmp(kernels.name, "avx512") == 0;
  const bool scalar = std::strcmp(kernels.name, "scalar") == 0;
  for (auto precision : {Precision::kFloat32, Precision::kFloat16, Precision::kInt8}) {
    for (const Caches& caches : {kServer, kBoard}) {
      for (std::size_t batch : {1u, 8u}) {
        const auto of = [&](const BridgeShape& shape, TargetOrder order) { return PlanCase{shape, order, precision, batch, caches}; };
        CheckPlan(kernels, "plan ecg2ppg", of(kEcg2Ppg, TargetOrder::kTokensFirst), Plan::kFolded);
        CheckPlan(kernels, "plan eeg2ecg", of({512, 32, 300, 181, 200}, TargetOrder::kChannelsFirst), Plan::kFolded);
        CheckPlan(kernels, "plan demo", of({64, 8, 32, 50, 64}, TargetOrder::kTokensFirst), Plan::kFolded);
        // One prototype: nothing to fold.
        CheckPlan(kernels, "plan of one prototype", of({64, 64, 1, 93, 512}, TargetOrder::kTokensFirst), Plan::kFactored);
      }
    }
  }
  // 41 MB of folded float32 weights from memory take longer than expanding does with the widest tiles; in a cache that holds them, in
  // fewer bytes or for eight windows at once they do not.
  const auto emg = [&](Precision precision, std::size_t batch, Caches caches) {
    return PlanCase{kEmg2Eeg, TargetOrder::kTokensFirst, precision, batch, caches};
  };
  if (avx512) CheckPlan(kernels, "plan emg2eeg", emg(Precision::kFloat32, 1, kServer), Plan::kFactored);
  CheckPlan(kernels, "plan emg2eeg", emg(Precision::kFloat32, 1, {1 << 20, 64 << 20}), Plan::kFolded);
  CheckPlan(kernels, "plan emg2eeg", emg(Precision::kFloat32, 8, kServer), Plan::kFolded);
  CheckPlan(kernels, "plan emg2eeg", emg(Precision::kInt8, 1, kBoard), Plan::kFolded);
  // Many weights a prototype: the cache decides.
  if (!scalar) {
    const BridgeShape shape = {64, 64, 16, 64, 128};
    CheckPlan(kernels, "plan by cache", {shape, TargetOrder::kTokensFirst, Precision::kFloat32, 1, {0, 0}}, Plan::kFactored);
  }
  Check(CostOf(kEcg2Ppg, Plan::kFolded, Precision::kFloat16).bytes == 2.0 * (8 * 64 + 8 * 512 * 93), "bytes", "any", {16});
}

}  // namespace

void TestBridge() {
  ForEachTarget([](const KernelTable& kernels) {
    TestPlanner(kernels);
    for (std::size_t size = 1; size <= 67; ++size) {
      const BridgeShape shape = {1 + size * 7 % 67, 1 + size * 3 % 11, 1 + size * 5 % 29, size, 1 + size * 31 % 67};
      const Case c = {shape, 1 + size * 11 % 67, 1 + size % 9};
      TestAllWays(kernels, c, size % 4);
    }
    TestAllWays(kernels, {{64, 8, 150, 93, 512}, 1875, 3}, 1);
    TestAllWays(kernels, {{300, 3, 7, 13, 21}, 9, 17}, 3);
    for (float value : {0.1f, 1e6f / 3, -7e-5f}) TestPoolAccuracy(kernels, value);
  });
}

}  // namespace biox::test
