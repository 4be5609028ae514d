#include "half.h"

#include <cmath>

namespace biox {
namespace {

// Beyond this a scaled number or its inverse comes near the ends of float32.
constexpr int kMaxExponent = 100;

// The power of two p for which 2^14 <= max * 2^p < 2^15.
int ExponentFor(float max) {
  if (max == 0) return 0;
  int exponent = 0;
  std::frexp(max, &exponent);
  const int wanted = 15 - exponent;
  return wanted > kMaxExponent ? kMaxExponent : wanted < -kMaxExponent ? -kMaxExponent : wanted;
}

}  // namespace

Half HalfOf(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  const std::uint32_t sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  constexpr std::uint32_t kSmallestNormal = 0x38800000;  // 2^-14
  if (bits >= kSmallestNormal) {
    // Half of the last kept bit, less one unless that bit is odd: the carry rounds to even.
    bits += 0xfff + (bits >> 13 & 1);
    return static_cast<Half>(sign | (bits - 0x38000000) >> 13);
  }
  // 0.5 has the unit 2^-24, that of the smallest halves: the addition rounds to it.
  float small = 0;
  std::memcpy(&small, &bits, sizeof(bits));
  small += 0.5f;
  std::memcpy(&bits, &small, sizeof(bits));
  return static_cast<Half>(sign | (bits - 0x3f000000));
}

float FloatOf(Half half) {
  // Exponent and fraction in float32's places, then the difference of the two biases as a factor: right for subnormal halves, too.
  const std::uint32_t bits = static_cast<std::uint32_t>(half & 0x7fff) << 13 | static_cast<std::uint32_t>(half & 0x8000) << 16;
  float scaled = 0;
  std::memcpy(&scaled, &bits, sizeof(bits));
  return scaled * 0x1p112f;
}

ScaledHalves::ScaledHalves(const AlignedFloats& values, std::size_t rank, std::size_t chunk)
    : halves_(values.size()), unscale_(rank) {
  if (!ok()) return;
  const std::size_t stride = rank * chunk;
  for (std::size_t k = 0; k < rank; ++k) {
    float max = 0;
    for (std::size_t start = k * chunk; start < values.size(); start += stride) {
      for (std::size_t i = start; i < start + chunk; ++i) max = std::fmax(max, std::fabs(values.data()[i]));
    }
    const int exponent = ExponentFor(max);
    const float scale = std::ldexp(1.0f, exponent);
    for (std::size_t start = k * chunk; start < values.size(); start += stride) {
      for (std::size_t i = start; i < start + chunk; ++i) halves_.data()[i] = HalfOf(values.data()[i] * scale);
    }
    unscale_.data()[k] = std::ldexp(1.0f, -exponent);
  }
}

}  // namespace biox
