#pragma once

#include <napi.h>

#include <memory>

#include "bridge.h"

namespace biox {

// The JavaScript object that owns a Bridge.
//   new Bridge(A, B, prototypes, channelsIn, rank, prototypes, tokens, width, layout, order, plan, target,
//              precision, batch, l2, l3)
// layout: 0 NTC, 1 NCT; order: 0 tokens first, 1 channels first; plan: 0 factored, 1 folded, 2 the cheaper one;
// precision: 0 float32, 1 float16, 2 int8; batch: windows that usually
// run together; l2, l3: bytes of the caches.
class BridgeObject : public Napi::ObjectWrap<BridgeObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit BridgeObject(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override;

 private:
  void Run(const Napi::CallbackInfo& info);
  void Pool(const Napi::CallbackInfo& info);
  void Project(const Napi::CallbackInfo& info);
  void ExpandMix(const Napi::CallbackInfo& info);
  Napi::Value Info(const Napi::CallbackInfo& info);

  std::unique_ptr<Bridge> bridge_;
};

}  // namespace biox
