#pragma once

#include <cstddef>
#include <memory>

#include "aligned.h"
#include "kernels/kernels.h"

namespace biox {

// The task head's linear layer: logits = weight pooled + bias.
class Probe {
 public:
  // weight [classes, features] row-major, bias [classes]; copied. nullptr when there is not enough memory.
  static std::unique_ptr<Probe> Create(const KernelTable& kernels, const float* weight, const float* bias,
                                       std::size_t classes, std::size_t features);

  // pooled [windows, features] -> logits [windows, classes].
  void Run(const float* pooled, std::size_t windows, float* logits) const;

  std::size_t bytes() const { return weight_.bytes() + bias_.bytes(); }

 private:
  Probe(const KernelTable& kernels, std::size_t classes, std::size_t features);

  const KernelTable& kernels_;
  const std::size_t classes_;
  const std::size_t features_;
  AlignedFloats weight_;
  AlignedFloats bias_;
};

// probs[i] = exp(logits[i] - max) / sum, in float64, for each row of `classes`. A NaN or +infinity in a row makes the row NaN.
void Softmax(const float* logits, std::size_t rows, std::size_t classes, float* probs);

}  // namespace biox
