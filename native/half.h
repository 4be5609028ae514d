#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "aligned.h"
#include "kernels/kernels.h"

// Weights kept as IEEE 754 binary16: 11 significant bits, so each is within 2^-12 of itself as float32.
namespace biox {

// Nearest, ties to even. |value| < 65520, which scaling sees to.
Half HalfOf(float value);
// Exactly. For finite numbers.
float FloatOf(Half half);

// A matrix of `rank` columns in chunks of `chunk` numbers, [size / (rank * chunk)][rank][chunk]. Each column is stored times a power
// of two that brings its largest number to 2^14 or above: nothing overflows, and what is too small for binary16's full precision
// is at least 2^28 times smaller than the largest.
class ScaledHalves {
 public:
  ScaledHalves() = default;
  // ok() is false when there was not enough memory.
  ScaledHalves(const AlignedFloats& values, std::size_t rank, std::size_t chunk);

  bool ok() const { return halves_.ok() && unscale_.ok(); }
  std::size_t bytes() const { return halves_.bytes() + unscale_.bytes(); }
  const Half* data() const { return halves_.data(); }
  // What column k must be multiplied by: a power of two.
  const float* unscale() const { return unscale_.data(); }

 private:
  AlignedArray<Half> halves_;
  AlignedFloats unscale_;
};

}  // namespace biox
