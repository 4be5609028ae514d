#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace biox {

enum class FeatureLayout { kNTC, kNCT };

// pooled[c] = mean over time of one window of features, [time, channels] (NTC) or [channels, time] (NCT).
void PoolMean(const KernelTable& kernels, const float* features, std::size_t time, std::size_t channels,
              FeatureLayout layout, float* pooled);

}  // namespace biox
