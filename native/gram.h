#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace biox {

// Rows that are centred at a time: their panels of some hundred columns stay in the second-level cache.
inline constexpr std::size_t kGramRows = 32;

// Products of centred columns in float64: out(i, j) = sum over r of (x(r, i) - mean_x[i]) * (y(r, j) - mean_y[j]), for x [rows, p] and
// y [rows, q], both row-major. mean_x [p], mean_y [q] and out [p, q] are written; scratch holds kGramRows * (p + q) numbers.
void Gram(const KernelTable& kernels, const float* x, std::size_t p, const float* y, std::size_t q, std::size_t rows,
          double* mean_x, double* mean_y, double* out, double* scratch);

}  // namespace biox
