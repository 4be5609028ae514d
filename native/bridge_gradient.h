#pragma once

#include <cstddef>
#include <memory>

#include "aligned.h"
#include "bridge.h"
#include "matmul.h"
#include "plan.h"

namespace biox {

// Where gradients of the weights go: as long as the weights, overwritten.
struct BridgeGradients {
  float* a;           // [r, C_in]
  float* b;           // [P * T, r]
  float* prototypes;  // [C_out, P]
};

// The bridge for training: weights change at each step, so they are read as they lie instead of packed at load.
//   forward   h = A x, w = B h, Z = prototypes w
//   backward  d prototypes = sum_n dZ w^T, dw = prototypes^T dZ, dB = sum_n dw h^T, dh = B^T dw, dA = sum_n dh x^T
// It trusts its caller; runs allocate nothing, and one object serves one thread at a time. The same input gives the same bits.
class BridgeGradient {
 public:
  // For up to `windows` windows at once. nullptr when there is not enough memory.
  static std::unique_ptr<BridgeGradient> Create(const KernelTable& kernels, const BridgeShape& shape, TargetOrder order,
                                                std::size_t windows);

  // x [windows, C_in] -> out [windows, T, C_out] or [windows, C_out, T]. Keeps h and w for Backward.
  void Forward(const BridgeWeights& weights, const float* x, std::size_t windows, float* out);
  // dout, the loss's gradient by the out of the last Forward, which had the same weights, x and windows.
  void Backward(const BridgeWeights& weights, const float* x, const float* dout, std::size_t windows, const BridgeGradients& gradients);

  // Bytes of scratch.
  std::size_t bytes() const { return hidden_.bytes() + w_.bytes() + d_hidden_.bytes() + d_w_.bytes(); }

 private:
  BridgeGradient(const KernelTable& kernels, const BridgeShape& shape, TargetOrder order, std::size_t windows);

  // Element (c, t) of one window of the output.
  MatrixView OutputView(const float* out) const;

  const BridgeShape shape_;
  const TargetOrder order_;
  Matmul matmul_;
  AlignedFloats hidden_;    // h [windows, r]
  AlignedFloats w_;         // [windows, P, T]
  AlignedFloats d_hidden_;  // the loss's gradients by them
  AlignedFloats d_w_;
};

}  // namespace biox
