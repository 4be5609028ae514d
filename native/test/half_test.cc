#include "../half.h"

#include <vector>

#include "check.h"

namespace biox::test {
namespace {

constexpr Half kInfinity = 0x7c00;

// The definition: sign, five bits of exponent, ten of fraction.
double ValueOf(Half half) {
  const int exponent = half >> 10 & 31;
  const int fraction = half & 1023;
  const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

// Every finite number: kernels read it exactly (each target's own conversion), and it rounds to itself.
void TestAll(const KernelTable& kernels) {
  bool read = true, kept = true;
  const float one = 1;
  for (Half sign : {0x0000, 0x8000}) {
    for (Half bits = 0; bits < kInfinity; ++bits) {
      const Half half = sign | bits;
      const double value = ValueOf(half);
      // 40 numbers reach the vector part of a kernel, one number its tail.
      std::vector<Half> many(40, half);
      std::vector<float> ones(40, 1);
      if (kernels.dot_half(&half, &one, 1) != value || kernels.dot_half(many.data(), ones.data(), 40) != 40 * value) read = false;
      if (HalfOf(static_cast<float>(value)) != half) kept = false;
    }
  }
  Check(read, "half to float", kernels.name, {});
  Check(kept, "float to half", "any", {});
}

// Between two neighbours: the nearer one, and half way the even one.
void TestRounding() {
  bool ok = true;
  for (Half half = 0; half + 1 < kInfinity; ++half) {
    const double low = ValueOf(half), high = ValueOf(half + 1), middle = (low + high) / 2;
    const Half even = half % 2 == 0 ? half : half + 1;
    if (HalfOf(static_cast<float>(middle)) != even) ok = false;
    if (HalfOf(std::nextafter(static_cast<float>(middle), 0.0f)) != half) ok = false;
    if (HalfOf(-std::nextafter(static_cast<float>(middle), 1e9f)) != ((half + 1) | 0x8000)) ok = false;
  }
  Check(ok, "round to even", "any", {});
}

// Columns of very different size each keep 11 bits, and a column of zeros stays one.
void TestScaling() {
  constexpr std::size_t kRank = 5, kChunk = 3, kChunks = 2;
  const double sizes[kRank] = {1, 3e-20, 2e25, 0, 65519};
  AlignedFloats values(kRank * kChunk * kChunks);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values.data()[i] = static_cast<float>(sizes[i / kChunk % kRank] * (1.0 + static_cast<double>(i) / 37) * (i % 2 == 0 ? 1 : -1));
  }
  const ScaledHalves halves(values, kRank, kChunk);
  bool ok = halves.ok();
  for (std::size_t i = 0; ok && i < values.size(); ++i) {
    const double stored = ValueOf(halves.data()[i]) * halves.unscale()[i / kChunk % kRank];
    if (!(std::fabs(stored - values.data()[i]) <= std::fabs(values.data()[i]) / 2048)) ok = false;
  }
  Check(ok, "scaled halves", "any", {});
  Check(halves.bytes() == values.size() * 2 + kRank * 4, "bytes of halves", "any", {halves.bytes()});
}

}  // namespace

void TestHalf() {
  ForEachTarget(TestAll);
  TestRounding();
  TestScaling();
}

}  // namespace biox::test
