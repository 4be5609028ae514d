// What the addon offers to JavaScript. It keeps no state of its own: every object belongs to the environment that made it, so
// worker threads may load it, use it and be terminated independently.
#include <napi.h>

#include <string>

#include "arguments.h"
#include "bridge_object.h"
#include "dispatch.h"
#include "pool.h"
#include "probe_object.h"

namespace biox {
namespace {

// Raised whenever a function of the addon changes; src/bridge/addon.ts refuses a build of another version.
constexpr int kInterfaceVersion = 1;

// poolMean(features, pooled, windows, time, channels, layout, target)
void PoolMeanFunction(const Napi::CallbackInfo& info) {
  const float* features = Floats(info[0]);
  float* pooled = Floats(info[1]);
  const std::size_t time = Size(info[3]);
  const std::size_t channels = Size(info[4]);
  const std::string target = info[6].As<Napi::String>().Utf8Value();
  const KernelTable* kernels = FindTarget(target.c_str());
  if (kernels == nullptr) {
    Napi::Error::New(info.Env(), "no such target: " + target).ThrowAsJavaScriptException();
    return;
  }
  for (std::size_t n = Size(info[2]); n > 0; --n, features += time * channels, pooled += channels) {
    PoolMean(*kernels, features, time, channels, Choice<FeatureLayout>(info[5]), pooled);
  }
}

// softmax(logits, probs, rows, classes)
void SoftmaxFunction(const Napi::CallbackInfo& info) {
  Softmax(Floats(info[0]), Size(info[2]), Size(info[3]), Floats(info[1]));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  const Targets& targets = AvailableTargets();
  Napi::Array names = Napi::Array::New(env, targets.count);
  for (std::size_t i = 0; i < targets.count; ++i) names.Set(static_cast<uint32_t>(i), targets.list[i]->name);
  exports.Set("interfaceVersion", kInterfaceVersion);
  exports.Set("targets", names);
  exports.Set("Bridge", BridgeObject::Define(env));
  exports.Set("Probe", ProbeObject::Define(env));
  exports.Set("poolMean", Napi::Function::New<PoolMeanFunction>(env, "poolMean"));
  exports.Set("softmax", Napi::Function::New<SoftmaxFunction>(env, "softmax"));
  return exports;
}

NODE_API_MODULE(biox_bridge, Init)

}  // namespace
}  // namespace biox
