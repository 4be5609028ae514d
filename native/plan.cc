#include "plan.h"

namespace biox {

PlanCost CostOf(const BridgeShape& shape, Plan plan, Precision precision) {
  const double size = precision == Precision::kFloat32 ? 4 : precision == Precision::kFloat16 ? 2 : 1;
  const double r = static_cast<double>(shape.rank);
  const double p = static_cast<double>(shape.prototypes);
  const double t = static_cast<double>(shape.tokens);
  const double c = static_cast<double>(shape.width);
  const double project = r * static_cast<double>(shape.channels_in);
  if (plan == Plan::kFolded) {
    const double folded = r * c * t;
    return {size * (project + folded), project + folded};
  }
  const double expand = p * t * r;
  return {size * (project + expand) + sizeof(float) * (c * p + 2 * p * t), project + expand + c * p * t};
}

Plan ChoosePlan(const BridgeShape& shape, Precision precision, double multiply_adds_per_byte) {
  const PlanCost factored = CostOf(shape, Plan::kFactored, precision);
  const PlanCost folded = CostOf(shape, Plan::kFolded, precision);
  const double factored_cost = factored.bytes + factored.multiply_adds / multiply_adds_per_byte;
  const double folded_cost = folded.bytes + folded.multiply_adds / multiply_adds_per_byte;
  return folded_cost < factored_cost ? Plan::kFolded : Plan::kFactored;
}

}  // namespace biox
