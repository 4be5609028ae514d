#include "row_weights.h"

#include <cstring>
#include <utility>

namespace biox {

RowWeights::RowWeights(const float* values, std::size_t rows, std::size_t columns, Precision precision)
    : rows_(rows), columns_(columns), precision_(precision) {
  if (precision == Precision::kInt8) {
    numbers_ = Int8Rows(values, rows, columns);
    return;
  }
  AlignedFloats floats(rows * columns);
  if (!floats.ok()) return;
  std::memcpy(floats.data(), values, floats.bytes());
  if (precision == Precision::kFloat16) {
    halves_ = ScaledHalves(floats, rows, columns);
  } else {
    floats_ = std::move(floats);
  }
}

float RowWeights::Row(const KernelTable& kernels, std::size_t row, const float* x) const {
  const std::size_t start = row * columns_;
  switch (precision_) {
    case Precision::kFloat16:
      return kernels.dot_half(halves_.data() + start, x, columns_) * halves_.unscale()[row];
    case Precision::kInt8:
      return kernels.dot_int8(numbers_.data() + start, x, columns_) * numbers_.scales()[row];
    default:
      return kernels.dot(floats_.data() + start, x, columns_);
  }
}

void RowWeights::Apply(const KernelTable& kernels, const float* x, std::size_t windows, float* out) const {
  for (std::size_t k = 0; k < rows_; ++k) {
    for (std::size_t w = 0; w < windows; ++w) out[w * rows_ + k] = Row(kernels, k, x + w * columns_);
  }
}

}  // namespace biox
