#include "probe.h"

#include <cmath>
#include <cstring>
#include <new>

namespace biox {

Probe::Probe(const KernelTable& kernels, std::size_t classes, std::size_t features)
    : kernels_(kernels), classes_(classes), features_(features), weight_(classes * features), bias_(classes) {}

std::unique_ptr<Probe> Probe::Create(const KernelTable& kernels, const float* weight, const float* bias,
                                     std::size_t classes, std::size_t features) {
  std::unique_ptr<Probe> probe(new (std::nothrow) Probe(kernels, classes, features));
  if (probe == nullptr || !probe->weight_.ok() || !probe->bias_.ok()) return nullptr;
  std::memcpy(probe->weight_.data(), weight, classes * features * sizeof(float));
  std::memcpy(probe->bias_.data(), bias, classes * sizeof(float));
  return probe;
}

void Probe::Run(const float* pooled, std::size_t windows, float* logits) const {
  for (std::size_t n = 0; n < windows; ++n, pooled += features_, logits += classes_) {
    for (std::size_t k = 0; k < classes_; ++k) {
      logits[k] = kernels_.dot(weight_.data() + k * features_, pooled, features_) + bias_.data()[k];
    }
  }
}

void Softmax(const float* logits, std::size_t rows, std::size_t classes, float* probs) {
  for (std::size_t n = 0; n < rows; ++n, logits += classes, probs += classes) {
    double max = logits[0];
    for (std::size_t i = 1; i < classes; ++i) {
      if (logits[i] > max) max = logits[i];
    }
    double sum = 0;
    for (std::size_t i = 0; i < classes; ++i) sum += std::exp(logits[i] - max);
    for (std::size_t i = 0; i < classes; ++i) probs[i] = static_cast<float>(std::exp(logits[i] - max) / sum);
  }
}

}  // namespace biox
