#pragma once

#include <cstddef>

#include "aligned.h"
#include "half.h"
#include "int8.h"
#include "plan.h"

namespace biox {

// A [r, C_in] in the precision it was asked for.
class RowWeights {
 public:
  RowWeights() = default;
  // ok() is false when there was not enough memory.
  RowWeights(const float* values, std::size_t rows, std::size_t columns, Precision precision);

  bool ok() const { return floats_.ok() || halves_.ok() || numbers_.ok(); }
  std::size_t bytes() const { return floats_.bytes() + halves_.bytes() + numbers_.bytes(); }

  // out(w, k) = sum over c of weights(k, c) x(w, c), for x [windows, columns] and out [windows, rows]. A row is in the first-level
  // cache after the first window.
  void Apply(const KernelTable& kernels, const float* x, std::size_t windows, float* out) const;

 private:
  float Row(const KernelTable& kernels, std::size_t row, const float* x) const;

  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  Precision precision_ = Precision::kFloat32;
  // The one of this precision.
  AlignedFloats floats_;
  ScaledHalves halves_;
  Int8Rows numbers_;
};

}  // namespace biox
