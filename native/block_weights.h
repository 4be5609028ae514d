#pragma once

#include <cstddef>
#include <cstdint>

#include "aligned.h"
#include "half.h"
#include "int8.h"
#include "plan.h"

namespace biox {

// The matrix that h is multiplied by, B or the folded ones, in combine blocks and in the precision it was asked for.
class BlockWeights {
 public:
  BlockWeights() = default;
  // blocks: [size / (rank * 64)][rank][64]. ok() is false when there was not enough memory.
  BlockWeights(const KernelTable& kernels, AlignedFloats blocks, std::size_t rank, Precision precision);

  bool ok() const { return ok_; }
  std::size_t bytes() const { return floats_.bytes() + halves_.bytes() + numbers_.bytes(); }

  // out[w * stride + i] = sum over k of weights(i, k) hidden(w, k), for i < rows and w < windows <= kMaxWindows; hidden [windows, rank].
  void Apply(const KernelTable& kernels, const float* hidden, std::size_t windows, std::size_t rows, float* out,
             std::size_t stride);

 private:
  std::size_t rank_ = 0;
  Precision precision_ = Precision::kFloat32;
  bool ok_ = false;
  // The one of this precision.
  AlignedFloats floats_;
  ScaledHalves halves_;
  Int8Blocks numbers_;

  AlignedFloats scaled_;                  // float16: h for the scaled columns
  AlignedArray<std::int16_t> arranged_;   // int8: h in whole numbers
};

}  // namespace biox
