#pragma once

#include <napi.h>

#include <memory>

#include "bridge_gradient.h"

namespace biox {

// The JavaScript object that owns a BridgeGradient.
//   new BridgeGradient(channelsIn, rank, prototypes, tokens, width, order, windows, target)
//   forward(A, B, prototypes, x, windows, out); backward(A, B, prototypes, x, dout, windows, dA, dB, dPrototypes)
// order: 0 tokens first, 1 channels first.
class BridgeGradientObject : public Napi::ObjectWrap<BridgeGradientObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit BridgeGradientObject(const Napi::CallbackInfo& info);

 private:
  void Forward(const Napi::CallbackInfo& info);
  void Backward(const Napi::CallbackInfo& info);

  std::unique_ptr<BridgeGradient> gradient_;
};

}  // namespace biox
