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

enum class Plan { kFactored, kFolded };

// Work of one window after pooling, without padding.
struct PlanCost {
  double bytes;          // weights read, and scratch written and read again
  double multiply_adds;  // A x, B h and the mix
};

PlanCost CostOf(const BridgeShape& shape, Plan plan);

// The cheaper plan where cost = bytes + multiply_adds / multiply_adds_per_byte: a roofline without overlap, good enough because
// the two plans differ by far more than its error for all but near-equal shapes, where either will do.
Plan ChoosePlan(const BridgeShape& shape, double multiply_adds_per_byte);

}  // namespace biox
