#pragma once

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdint>
#include <initializer_list>
#include <memory>

#include "../dispatch.h"

namespace biox::test {

struct Count {
  int passed = 0;
  int failed = 0;
};
extern Count count;
// Calls of operator new so far, by any function of this program.
extern std::size_t allocations;

inline void Check(bool ok, const char* what, const char* target, std::initializer_list<std::size_t> sizes) {
  if (ok) {
    ++count.passed;
    return;
  }
  ++count.failed;
  std::printf("FAILED %s [%s]", what, target);
  for (std::size_t size : sizes) std::printf(" %zu", size);
  std::printf("\n");
}

// Same numbers on every machine, in [-1, 1).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}
  float Next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<float>(static_cast<double>(state_ >> 40) / (1 << 23) - 1);
  }

 private:
  std::uint64_t state_;
};

// Exactly `size` floats that end where the heap block ends and start `skew` floats after its start, so that AddressSanitizer
// sees one float read or written too many, and no vector load is aligned by luck.
class Floats {
 public:
  explicit Floats(std::size_t size, std::size_t skew = 0) : size_(size), skew_(skew), heap_(new float[size + skew]()) {}
  Floats(std::size_t size, std::size_t skew, Random& random) : Floats(size, skew) {
    for (std::size_t i = 0; i < size; ++i) data()[i] = random.Next();
  }
  float* data() { return heap_.get() + skew_; }
  const float* data() const { return heap_.get() + skew_; }
  float operator[](std::size_t i) const { return data()[i]; }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::size_t skew_;
  std::unique_ptr<float[]> heap_;
};

// max |a - b| / max |b|; infinite when a holds a NaN.
inline double RelativeError(const float* a, const double* b, std::size_t n) {
  double difference = 0;
  double scale = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double d = std::fabs(a[i] - b[i]);
    if (!(d <= difference)) difference = std::isnan(d) ? INFINITY : d;
    if (std::fabs(b[i]) > scale) scale = std::fabs(b[i]);
  }
  return difference == 0 ? 0 : difference / scale;
}

template <typename Body>
void ForEachTarget(Body body) {
  const Targets& targets = AvailableTargets();
  for (std::size_t i = 0; i < targets.count; ++i) body(*targets.list[i]);
}

void TestGram();
void TestHalf();
void TestInt8();
void TestKernels();
void TestBridge();
void TestBridgeGradient();
void TestProbe();

}  // namespace biox::test
