#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace biox {

// Sizes of one bridge in the terms of the method: x [C_in], h [r], w [P, T], Z [C_out, T].
struct BridgeShape {
  std::size_t channels_in;
  std::size_t rank;
  std::size_t prototypes;
  std::size_t tokens;
  std::size_t width;
};

// Windows that one pass over the weights serves at most: a bridge has scratch for so many.
inline constexpr std::size_t kMaxWindows = 8;

enum class Plan { kFactored, kFolded };

// How A and the matrix that a window reads once, B or the folded ones, are stored: 4, 2 or about 1 byte a weight. Prototypes stay
// float32: tiles read each of them many times, from the caches, so that half the bytes would save little and cost a conversion each time.
enum class Precision { kFloat32, kFloat16, kInt8 };

// Order of the output in memory. A raw target has the memory order of [C_out, T], which is kChannelsFirst.
enum class TargetOrder { kTokensFirst, kChannelsFirst };

// Bytes of the caches that one thread reads through; 0 for a level that is not there.
struct Caches {
  double l2;
  double l3;
};

// Work of one window after pooling, without padding.
struct PlanCost {
  double bytes;          // weights read, and scratch written and read again
  double multiply_adds;  // A x, B h and the mix
};
PlanCost CostOf(const BridgeShape& shape, Plan plan, Precision precision);

// What the choice of a plan depends on.
struct PlanCase {
  BridgeShape shape;
  TargetOrder order;
  Precision precision;
  std::size_t batch;  // windows that usually run together, at least 1
  Caches caches;
};

// Time of one window after pooling, in multiply-adds of the target's tile: a roofline for each step (project; expand or combine), of its
// weights from the level in which all that a run touches fits, shared by the windows of a batch, or of its arithmetic; then the mix in
// whole tiles. Runs follow one another here, as in a benchmark. Where models in between have emptied the caches, both plans lose.
double TimeOf(const KernelTable& kernels, const PlanCase& plan_case, Plan plan);

// The plan of less time.
Plan ChoosePlan(const KernelTable& kernels, const PlanCase& plan_case);

}  // namespace biox
