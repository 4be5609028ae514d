#include "probe_object.h"

#include <string>

#include "arguments.h"
#include "dispatch.h"

namespace biox {

Napi::Function ProbeObject::Define(Napi::Env env) {
  return DefineClass(env, "Probe", {InstanceMethod<&ProbeObject::Run>("run")});
}

ProbeObject::ProbeObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ProbeObject>(info) {
  const std::string target = info[4].As<Napi::String>().Utf8Value();
  const KernelTable* kernels = FindTarget(target.c_str());
  if (kernels == nullptr) {
    Napi::Error::New(info.Env(), "no such target: " + target).ThrowAsJavaScriptException();
    return;
  }
  probe_ = Probe::Create(*kernels, Floats(info[0]), Floats(info[1]), Size(info[2]), Size(info[3]));
  if (probe_ == nullptr) Napi::Error::New(info.Env(), "out of memory").ThrowAsJavaScriptException();
}

void ProbeObject::Run(const Napi::CallbackInfo& info) {
  probe_->Run(Floats(info[0]), Size(info[2]), Floats(info[1]));
}

}  // namespace biox
