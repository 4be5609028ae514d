#include "dispatch.h"

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace biox {
namespace {

#if defined(__x86_64__)
// Asked of the processor itself, since older compilers do not know the name "f16c".
bool HasF16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
#elif defined(__aarch64__)
bool HasDotProduct() {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#elif defined(__APPLE__)
  int has = 0;
  std::size_t size = sizeof(has);
  return sysctlbyname("hw.optional.arm.FEAT_DotProd", &has, &size, nullptr, 0) == 0 && has != 0;
#else
  return false;
#endif
}
#endif

Targets Detect() {
  Targets targets = {};
#if defined(__x86_64__)
  __builtin_cpu_init();
  // All checks but that of F16C also ask the operating system whether it saves the wide registers.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && HasF16c()) {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) targets.list[targets.count++] = &kAvx512Kernels;
    targets.list[targets.count++] = &kAvx2Kernels;
  }
#elif defined(__aarch64__)
  if (HasDotProduct()) targets.list[targets.count++] = &NeonDotProductKernels();
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
