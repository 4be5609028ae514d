#pragma once

#include <cstddef>

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

// How A and the matrix that a window reads once, B or the folded ones, are stored: 4, 2 or about 1 byte a weight. Prototypes stay float32: tiles read each of them many
// times, from the caches, so that half the bytes would save little and cost a conversion each time.
enum class Precision { kFloat32, kFloat16, kInt8 };

// Work of one window after pooling, without padding.
struct PlanCost {
  double bytes;          // weights read, and scratch written and read again
  double multiply_adds;  // A x, B h and the mix
};

PlanCost CostOf(const BridgeShape& shape, Plan plan, Precision precision);

// The cheaper plan where cost = bytes + multiply_adds / multiply_adds_per_byte: a roofline without overlap, good enough because
// the two plans differ by far more than its error for all but near-equal shapes, where either will do.
Plan ChoosePlan(const BridgeShape& shape, Precision precision, double multiply_adds_per_byte);

}  // namespace biox
