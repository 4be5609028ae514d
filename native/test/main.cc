// Runs every kernel of every target that this machine has against a float64 reference. Exit code 1 on any failure.
#include <cstdio>
#include <cstdlib>
#include <new>

#include "check.h"

namespace biox::test {
Count count;
std::size_t allocations = 0;
}  // namespace biox::test

namespace {

void* Allocate(std::size_t bytes, std::size_t alignment) {
  ++biox::test::allocations;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment < sizeof(void*) ? sizeof(void*) : alignment, bytes) != 0) return nullptr;
  return memory;
}

void* AllocateOrAbort(std::size_t bytes, std::size_t alignment) {
  void* memory = Allocate(bytes, alignment);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

// Counted, so that the tests can show that a run allocates nothing.
void* operator new(std::size_t bytes) { return AllocateOrAbort(bytes, 16); }
void* operator new[](std::size_t bytes) { return AllocateOrAbort(bytes, 16); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return AllocateOrAbort(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return Allocate(bytes, 16); }
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return Allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

int main() {
  std::printf("targets:");
  biox::test::ForEachTarget([](const biox::KernelTable& kernels) { std::printf(" %s", kernels.name); });
  std::printf("\n");
  biox::test::TestKernels();
  biox::test::TestGram();
  biox::test::TestHalf();
  biox::test::TestInt8();
  biox::test::TestBridge();
  biox::test::TestBridgeGradient();
  biox::test::TestProbe();
  std::printf("%d passed, %d failed\n", biox::test::count.passed, biox::test::count.failed);
  return biox::test::count.failed == 0 ? 0 : 1;
}
