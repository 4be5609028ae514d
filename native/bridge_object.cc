#include "bridge_object.h"

#include <cstdint>
#include <string>

#include "arguments.h"
#include "dispatch.h"

namespace biox {
namespace {

constexpr std::int32_t kCheaperPlan = 2;

Napi::Object CostObject(Napi::Env env, const PlanCost& cost) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("bytes", cost.bytes);
  object.Set("multiplyAdds", cost.multiply_adds);
  return object;
}

// Otherwise the collector sees a few bytes where there are megabytes, and is in no hurry to free them. The plain call, because
// the wrapper's aborts the process when it fails, and all it costs to fail is a late collection.
void ReportMemory(napi_env env, std::int64_t change) {
  std::int64_t total = 0;
  napi_adjust_external_memory(env, change, &total);
}

}  // namespace

// While a worker is being terminated any Node-API call may fail. No code below relies on one that can: methods are not entered
// when their object cannot be unwrapped, and reading numbers and typed arrays works to the end. In the constructor Env() is
// null if wrapping failed, hence info.Env().
Napi::Function BridgeObject::Define(Napi::Env env) {
  return DefineClass(env, "Bridge",
                     {
                         InstanceMethod<&BridgeObject::Run>("run"),
                         InstanceMethod<&BridgeObject::Pool>("pool"),
                         InstanceMethod<&BridgeObject::Project>("project"),
                         InstanceMethod<&BridgeObject::ExpandMix>("expandMix"),
                         InstanceMethod<&BridgeObject::Info>("info"),
                     });
}

BridgeObject::BridgeObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<BridgeObject>(info) {
  const BridgeWeights weights = {Floats(info[0]), Floats(info[1]), Floats(info[2])};
  const BridgeShape shape = {Size(info[3]), Size(info[4]), Size(info[5]), Size(info[6]), Size(info[7])};
  const std::int32_t wanted = info[10].As<Napi::Number>().Int32Value();
  const std::string target = info[11].As<Napi::String>().Utf8Value();
  const KernelTable* kernels = FindTarget(target.c_str());
  if (kernels == nullptr) {
    Napi::Error::New(info.Env(), "no such target: " + target).ThrowAsJavaScriptException();
    return;
  }
  const auto precision = Choice<Precision>(info[12]);
  const auto order = Choice<TargetOrder>(info[9]);
  const Caches caches = {info[14].As<Napi::Number>().DoubleValue(), info[15].As<Napi::Number>().DoubleValue()};
  const Plan plan = wanted == kCheaperPlan ? ChoosePlan(*kernels, {shape, order, precision, Size(info[13]), caches})
                                           : static_cast<Plan>(wanted);
  bridge_ = Bridge::Create(*kernels, weights, shape, Choice<FeatureLayout>(info[8]), order, plan, precision);
  if (bridge_ == nullptr) {
    Napi::Error::New(info.Env(), "out of memory").ThrowAsJavaScriptException();
    return;
  }
  ReportMemory(info.Env(), static_cast<std::int64_t>(bridge_->weight_bytes()));
}

void BridgeObject::Finalize(Napi::BasicEnv env) {
  if (bridge_ != nullptr) ReportMemory(env, -static_cast<std::int64_t>(bridge_->weight_bytes()));
}

void BridgeObject::Run(const Napi::CallbackInfo& info) {
  bridge_->Run(Floats(info[0]), Size(info[3]), Size(info[2]), Floats(info[1]));
}

void BridgeObject::Pool(const Napi::CallbackInfo& info) {
  bridge_->Pool(Floats(info[0]), Size(info[3]), Size(info[2]), Floats(info[1]));
}

void BridgeObject::Project(const Napi::CallbackInfo& info) {
  bridge_->Project(Floats(info[0]), Size(info[2]), Floats(info[1]));
}

void BridgeObject::ExpandMix(const Napi::CallbackInfo& info) {
  bridge_->ExpandMix(Floats(info[0]), Size(info[2]), Floats(info[1]));
}

Napi::Value BridgeObject::Info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object object = Napi::Object::New(env);
  object.Set("plan", bridge_->plan() == Plan::kFolded ? "folded" : "factored");
  object.Set("weightBytes", static_cast<double>(bridge_->weight_bytes()));
  object.Set("factored", CostObject(env, CostOf(bridge_->shape(), Plan::kFactored, bridge_->precision())));
  object.Set("folded", CostObject(env, CostOf(bridge_->shape(), Plan::kFolded, bridge_->precision())));
  return object;
}

}  // namespace biox
