#pragma once

#include <napi.h>

#include <memory>

#include "probe.h"

namespace biox {

// The JavaScript object that owns a Probe.
//   new Probe(weight, bias, classes, features, target); run(pooled, logits, windows)
class ProbeObject : public Napi::ObjectWrap<ProbeObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit ProbeObject(const Napi::CallbackInfo& info);

 private:
  void Run(const Napi::CallbackInfo& info);

  std::unique_ptr<Probe> probe_;
};

}  // namespace biox
