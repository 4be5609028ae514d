#include "bridge_gradient.h"

#include <cstring>
#include <new>

namespace biox {
namespace {

void Clear(float* numbers, std::size_t count) { std::memset(numbers, 0, count * sizeof(float)); }

}  // namespace

BridgeGradient::BridgeGradient(const KernelTable& kernels, const BridgeShape& shape, TargetOrder order, std::size_t windows)
    : shape_(shape),
      order_(order),
      matmul_(kernels),
      hidden_(windows * shape.rank),
      w_(windows * shape.prototypes * shape.tokens),
      d_hidden_(windows * shape.rank),
      d_w_(windows * shape.prototypes * shape.tokens) {}

std::unique_ptr<BridgeGradient> BridgeGradient::Create(const KernelTable& kernels, const BridgeShape& shape, TargetOrder order,
                                                       std::size_t windows) {
  std::unique_ptr<BridgeGradient> made(new (std::nothrow) BridgeGradient(kernels, shape, order, windows));
  if (made == nullptr || !made->matmul_.ok() || !made->hidden_.ok() || !made->w_.ok() || !made->d_hidden_.ok() || !made->d_w_.ok()) {
    return nullptr;
  }
  return made;
}

MatrixView BridgeGradient::OutputView(const float* out) const {
  if (order_ == TargetOrder::kTokensFirst) return {out, 1, shape_.width};
  return {out, shape_.tokens, 1};
}

void BridgeGradient::Forward(const BridgeWeights& weights, const float* x, std::size_t windows, float* out) {
  const auto& [channels, rank, prototypes, tokens, width] = shape_;
  const std::size_t mixing = prototypes * tokens;
  Clear(hidden_.data(), windows * rank);
  Clear(w_.data(), windows * mixing);
  Clear(out, windows * tokens * width);
  matmul_.Add({x, channels, 1}, {weights.a, 1, channels}, windows, rank, channels, hidden_.data(), rank);
  matmul_.Add({hidden_.data(), rank, 1}, {weights.b, 1, rank}, windows, mixing, rank, w_.data(), mixing);
  for (std::size_t n = 0; n < windows; ++n) {
    const float* w = w_.data() + n * mixing;
    float* z = out + n * tokens * width;
    if (order_ == TargetOrder::kTokensFirst) {
      matmul_.Add({w, 1, tokens}, {weights.prototypes, 1, prototypes}, tokens, width, prototypes, z, width);
    } else {
      matmul_.Add({weights.prototypes, prototypes, 1}, {w, tokens, 1}, width, tokens, prototypes, z, tokens);
    }
  }
}

void BridgeGradient::Backward(const BridgeWeights& weights, const float* x, const float* dout, std::size_t windows,
                              const BridgeGradients& gradients) {
  const auto& [channels, rank, prototypes, tokens, width] = shape_;
  const std::size_t mixing = prototypes * tokens;
  Clear(gradients.a, rank * channels);
  Clear(gradients.b, mixing * rank);
  Clear(gradients.prototypes, width * prototypes);
  Clear(d_w_.data(), windows * mixing);
  Clear(d_hidden_.data(), windows * rank);
  for (std::size_t n = 0; n < windows; ++n) {
    const MatrixView dz = OutputView(dout + n * tokens * width);
    const float* w = w_.data() + n * mixing;
    matmul_.Add(dz, {w, 1, tokens}, width, prototypes, tokens, gradients.prototypes, prototypes);
    matmul_.Add({weights.prototypes, 1, prototypes}, dz, prototypes, tokens, width, d_w_.data() + n * mixing, tokens);
  }
  matmul_.Add({d_w_.data(), 1, mixing}, {hidden_.data(), rank, 1}, mixing, rank, windows, gradients.b, rank);
  matmul_.Add({d_w_.data(), mixing, 1}, {weights.b, rank, 1}, windows, rank, mixing, d_hidden_.data(), rank);
  matmul_.Add({d_hidden_.data(), 1, rank}, {x, channels, 1}, rank, channels, windows, gradients.a, channels);
}

}  // namespace biox
