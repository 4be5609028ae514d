// What the addon offers to JavaScript. It keeps no state of its own: every object belongs to the environment that made it, so
// worker threads may load it, use it and be terminated independently.
#include <napi.h>

#include <cstdint>
#include <string>

#include "aligned.h"
#include "arguments.h"
#include "bridge_gradient_object.h"
#include "bridge_object.h"
#include "dispatch.h"
#include "gram.h"
#include "pool.h"
#include "probe_object.h"

namespace biox {
namespace {

// Raised whenever a function of the addon changes; src/bridge/addon.ts refuses a build of another version.
constexpr int kInterfaceVersion = 5;

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

// gram(x, p, y, q, rows, meanX, meanY, out, scratch, target)
void GramFunction(const Napi::CallbackInfo& info) {
  const KernelTable* kernels = FindTarget(info[9].As<Napi::String>().Utf8Value().c_str());
  if (kernels == nullptr) return;
  Gram(*kernels, Floats(info[0]), Size(info[1]), Floats(info[2]), Size(info[3]), Size(info[4]), Doubles(info[5]), Doubles(info[6]),
       Doubles(info[7]), Doubles(info[8]));
}

// softmax(logits, probs, rows, classes)
void SoftmaxFunction(const Napi::CallbackInfo& info) {
  Softmax(Floats(info[0]), Size(info[2]), Size(info[3]), Floats(info[1]));
}

// read(memory, floats, repeats, target): reads that many floats of `memory`, from its first cache line on, again and again.
Napi::Value ReadFunction(const Napi::CallbackInfo& info) {
  constexpr std::uintptr_t kLine = AlignedFloats::kAlignment;
  const auto start = reinterpret_cast<std::uintptr_t>(Floats(info[0]));
  const auto* memory = reinterpret_cast<const float*>((start + kLine - 1) / kLine * kLine);
  const std::size_t floats = Size(info[1]);
  const KernelTable* kernels = FindTarget(info[3].As<Napi::String>().Utf8Value().c_str());
  double sum = 0;
  for (std::size_t n = kernels == nullptr ? 0 : Size(info[2]); n > 0; --n) sum += kernels->read(memory, floats);
  return Napi::Number::New(info.Env(), sum);
}

// multiplyAdds(seed, steps, target): does them and returns how many they were.
Napi::Value MultiplyAddsFunction(const Napi::CallbackInfo& info) {
  const std::size_t steps = Size(info[1]);
  const KernelTable* kernels = FindTarget(info[2].As<Napi::String>().Utf8Value().c_str());
  if (kernels == nullptr) return Napi::Number::New(info.Env(), 0);
  float* seed = Floats(info[0]);
  // Kept, so that the work is not done away with.
  seed[kSeedFloats - 1] = kernels->multiply_adds(seed, steps);
  return Napi::Number::New(info.Env(), static_cast<double>(steps * kernels->multiply_adds_per_step));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  const Targets& targets = AvailableTargets();
  Napi::Array names = Napi::Array::New(env, targets.count);
  for (std::size_t i = 0; i < targets.count; ++i) names.Set(static_cast<uint32_t>(i), targets.list[i]->name);
  exports.Set("interfaceVersion", kInterfaceVersion);
  exports.Set("targets", names);
  exports.Set("Bridge", BridgeObject::Define(env));
  exports.Set("BridgeGradient", BridgeGradientObject::Define(env));
  exports.Set("Probe", ProbeObject::Define(env));
  exports.Set("poolMean", Napi::Function::New<PoolMeanFunction>(env, "poolMean"));
  exports.Set("gram", Napi::Function::New<GramFunction>(env, "gram"));
  exports.Set("gramRows", static_cast<double>(kGramRows));
  exports.Set("read", Napi::Function::New<ReadFunction>(env, "read"));
  exports.Set("multiplyAdds", Napi::Function::New<MultiplyAddsFunction>(env, "multiplyAdds"));
  exports.Set("softmax", Napi::Function::New<SoftmaxFunction>(env, "softmax"));
  return exports;
}

NODE_API_MODULE(biox_bridge, Init)

}  // namespace
}  // namespace biox
