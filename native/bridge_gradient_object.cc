#include "bridge_gradient_object.h"

#include <string>

#include "arguments.h"
#include "dispatch.h"

namespace biox {
namespace {

BridgeWeights Weights(const Napi::CallbackInfo& info) { return {Floats(info[0]), Floats(info[1]), Floats(info[2])}; }

}  // namespace

Napi::Function BridgeGradientObject::Define(Napi::Env env) {
  return DefineClass(env, "BridgeGradient",
                     {
                         InstanceMethod<&BridgeGradientObject::Forward>("forward"),
                         InstanceMethod<&BridgeGradientObject::Backward>("backward"),
                     });
}

BridgeGradientObject::BridgeGradientObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<BridgeGradientObject>(info) {
  const BridgeShape shape = {Size(info[0]), Size(info[1]), Size(info[2]), Size(info[3]), Size(info[4])};
  const std::string target = info[7].As<Napi::String>().Utf8Value();
  const KernelTable* kernels = FindTarget(target.c_str());
  if (kernels == nullptr) {
    Napi::Error::New(info.Env(), "no such target: " + target).ThrowAsJavaScriptException();
    return;
  }
  gradient_ = BridgeGradient::Create(*kernels, shape, Choice<TargetOrder>(info[5]), Size(info[6]));
  if (gradient_ == nullptr) Napi::Error::New(info.Env(), "out of memory").ThrowAsJavaScriptException();
}

void BridgeGradientObject::Forward(const Napi::CallbackInfo& info) {
  gradient_->Forward(Weights(info), Floats(info[3]), Size(info[4]), Floats(info[5]));
}

void BridgeGradientObject::Backward(const Napi::CallbackInfo& info) {
  gradient_->Backward(Weights(info), Floats(info[3]), Floats(info[4]), Size(info[5]),
                      {Floats(info[6]), Floats(info[7]), Floats(info[8])});
}

}  // namespace biox
