#include "plan.h"

#include <cmath>

#include "pack.h"

namespace biox {
namespace {

// Bytes of a stored weight, scales aside.
double SizeOf(Precision precision) {
  return precision == Precision::kFloat32 ? 4 : precision == Precision::kFloat16 ? 2 : 1;
}

}  // namespace

PlanCost CostOf(const BridgeShape& shape, Plan plan, Precision precision) {
  const double size = SizeOf(precision);
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

double TimeOf(const KernelTable& kernels, const PlanCase& plan_case, Plan plan) {
  const BridgeShape& shape = plan_case.shape;
  const Rates& rates = kernels.rates;
  const double size = SizeOf(plan_case.precision);
  const double batch = static_cast<double>(plan_case.batch < kMaxWindows ? plan_case.batch : kMaxWindows);
  const auto outputs = static_cast<double>(shape.width * shape.tokens);
  const auto rank = static_cast<double>(shape.rank);
  const auto w = static_cast<double>(shape.prototypes * shape.tokens);
  const double prototypes = sizeof(float) * static_cast<double>(shape.width * shape.prototypes);

  const double project = rank * static_cast<double>(shape.channels_in);
  const double combine = rank * (plan == Plan::kFolded ? outputs : w);
  const double scratch = plan == Plan::kFolded ? 0 : prototypes + sizeof(float) * w * batch;
  const double touched = size * (project + combine) + scratch + sizeof(float) * outputs * batch;
  const double byte = touched <= plan_case.caches.l2 ? rates.l2 : touched <= plan_case.caches.l3 ? rates.l3 : rates.memory;
  const double each = rates.combine[static_cast<int>(plan_case.precision)];
  const auto step = [&](double weights) { return std::fmax(size * weights * byte / batch, weights * each); };

  const double through = step(project) + step(combine);
  if (plan == Plan::kFolded) return through;
  const bool tokens_first = plan_case.order == TargetOrder::kTokensFirst;
  const std::size_t rows = RoundUp(tokens_first ? shape.tokens : shape.width, kernels.tile_rows);
  const std::size_t columns = RoundUp(tokens_first ? shape.width : shape.tokens, kernels.tile_columns);
  return through + static_cast<double>(rows * columns * shape.prototypes);
}

Plan ChoosePlan(const KernelTable& kernels, const PlanCase& plan_case) {
  const double folded = TimeOf(kernels, plan_case, Plan::kFolded);
  return folded < TimeOf(kernels, plan_case, Plan::kFactored) ? Plan::kFolded : Plan::kFactored;
}

}  // namespace biox
