#include "dispatch.h"

#include <cstring>

namespace biox {
namespace {

Targets Detect() {
  Targets targets = {};
#if defined(__x86_64__)
  __builtin_cpu_init();
  // Both checks also ask the operating system whether it saves the wide registers.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) targets.list[targets.count++] = &kAvx2Kernels;
#elif defined(__aarch64__)
  targets.list[targets.count++] = &kNeonKernels;
#endif
  targets.list[targets.count++] = &kScalarKernels;
  return targets;
}

}  // namespace

const Targets& AvailableTargets() {
  static const Targets targets = Detect();
  return targets;
}

const KernelTable* FindTarget(const char* name) {
  const Targets& targets = AvailableTargets();
  for (std::size_t i = 0; i < targets.count; ++i) {
    if (std::strcmp(targets.list[i]->name, name) == 0) return targets.list[i];
  }
  return nullptr;
}

}  // namespace biox
