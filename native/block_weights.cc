#include "block_weights.h"

#include <utility>

namespace biox {

BlockWeights::BlockWeights(const KernelTable& kernels, AlignedFloats blocks, std::size_t rank, Precision precision)
    : rank_(rank), precision_(precision) {
  switch (precision) {
    case Precision::kFloat32:
      floats_ = std::move(blocks);
      ok_ = floats_.ok();
      return;
    case Precision::kFloat16:
      halves_ = ScaledHalves(blocks, rank, kCombineBlock);
      scaled_ = AlignedFloats(kMaxWindows * rank);
      ok_ = halves_.ok() && scaled_.ok();
      return;
    case Precision::kInt8:
      numbers_ = Int8Blocks(blocks, rank, kernels.int8_group);
      arranged_ = AlignedArray<std::int16_t>(kMaxWindows * numbers_.padded_rank());
      ok_ = numbers_.ok() && arranged_.ok();
      return;
  }
}

void BlockWeights::Apply(const KernelTable& kernels, const float* hidden, std::size_t windows, std::size_t rows, float* out,
                         std::size_t stride) {
  if (precision_ == Precision::kFloat32) {
    return kernels.combine(floats_.data(), hidden, rank_, rows, windows, out, stride);
  }
  if (precision_ == Precision::kFloat16) {
    float* scaled = scaled_.data();
    for (std::size_t w = 0; w < windows; ++w) {
      for (std::size_t k = 0; k < rank_; ++k) scaled[w * rank_ + k] = hidden[w * rank_ + k] * halves_.unscale()[k];
    }
    return kernels.combine_half(halves_.data(), scaled, rank_, rows, windows, out, stride);
  }
  const std::size_t padded = numbers_.padded_rank();
  float unscale[kMaxWindows];
  for (std::size_t w = 0; w < windows; ++w) {
    unscale[w] = ArrangeHidden(numbers_, hidden + w * rank_, rank_, kernels.int8_group, arranged_.data() + w * padded);
  }
  kernels.combine_int8(numbers_.data(), numbers_.scales(), arranged_.data(), unscale, padded, rows, windows, out, stride);
}

}  // namespace biox
