#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace biox {

inline constexpr std::size_t kMaxTargets = 4;

// The compiled targets that this processor can run, best first; the last is always scalar. Found out once per process.
struct Targets {
  const KernelTable* list[kMaxTargets];
  std::size_t count;
};
const Targets& AvailableTargets();

// The target of that name, or nullptr when it was not compiled or cannot run here.
const KernelTable* FindTarget(const char* name);

}  // namespace biox
