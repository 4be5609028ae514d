#include "gram.h"

#include <algorithm>

namespace biox {
namespace {

void Mean(const float* x, std::size_t columns, std::size_t rows, double* mean) {
  std::fill(mean, mean + columns, 0.0);
  for (std::size_t r = 0; r < rows; ++r, x += columns) {
    for (std::size_t j = 0; j < columns; ++j) mean[j] += x[j];
  }
  for (std::size_t j = 0; j < columns; ++j) mean[j] /= static_cast<double>(rows);
}

void Centre(const float* x, std::size_t columns, std::size_t rows, const double* mean, double* panel) {
  for (; rows > 0; --rows, x += columns, panel += columns) {
    for (std::size_t j = 0; j < columns; ++j) panel[j] = x[j] - mean[j];
  }
}

}  // namespace

void Gram(const KernelTable& kernels, const float* x, std::size_t p, const float* y, std::size_t q, std::size_t rows,
          double* mean_x, double* mean_y, double* out, double* scratch) {
  Mean(x, p, rows, mean_x);
  Mean(y, q, rows, mean_y);
  std::fill(out, out + p * q, 0.0);
  double* panel_x = scratch;
  double* panel_y = scratch + kGramRows * p;
  for (std::size_t r = 0; r < rows; r += kGramRows) {
    const std::size_t count = std::min(kGramRows, rows - r);
    Centre(x + r * p, p, count, mean_x, panel_x);
    Centre(y + r * q, q, count, mean_y, panel_y);
    kernels.cross(panel_x, p, panel_y, q, count, out);
  }
}

}  // namespace biox
