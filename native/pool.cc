#include "pool.h"

namespace biox {

void PoolMean(const KernelTable& kernels, const float* features, std::size_t time, std::size_t channels,
              FeatureLayout layout, float* pooled) {
  const double count = static_cast<double>(time);
  if (layout == FeatureLayout::kNCT) {
    for (std::size_t c = 0; c < channels; ++c) {
      pooled[c] = static_cast<float>(kernels.row_sum(features + c * time, time) / count);
    }
    return;
  }
  double sums[kColumnBlock];
  for (std::size_t c = 0; c < channels; c += kColumnBlock) {
    const std::size_t width = channels - c < kColumnBlock ? channels - c : kColumnBlock;
    kernels.column_sums(features + c, time, channels, width, sums);
    for (std::size_t j = 0; j < width; ++j) pooled[c + j] = static_cast<float>(sums[j] / count);
  }
}

}  // namespace biox
