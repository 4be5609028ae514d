// NEON with the dot product of bytes (FEAT_DotProd: Raspberry Pi 5, Jetson Orin, Apple silicon, all Armv8.4): `combine_int8` with a third
// of the instructions, the rest as in neon.cc. The hidden vector's 16-bit numbers are two bytes each, high and low, with a sum each, so
// the result is the same whole number as everywhere.
//
// FEAT_FP16 and FEAT_FHM are left alone: NEON converts binary16 to float32 as it is; sums in binary16 would lose what the weights keep, and
// the products of FEAT_FHM want the hidden vector in binary16 too, at as much error again.
#include "kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")
#endif

namespace biox {
namespace {

#include "blocks-inl.h"

// Four rows of four k's.
using Unit = int8x16_t;
struct Factor {
  int8x16_t high, low;
};
struct UnitSum {
  int32x4_t high, low;
};
constexpr std::size_t kInt8Group = 4;
constexpr std::size_t kUnitRows = 4;
constexpr std::size_t kUnits = 8;

inline Unit LoadUnit(const std::int8_t* p) { return vld1q_s8(p); }
inline Factor LoadFactor(const std::int16_t* p) {
  std::int32_t bytes[2];
  __builtin_memcpy(bytes, p, sizeof(bytes));
  return {vreinterpretq_s8_s32(vdupq_n_s32(bytes[0])), vreinterpretq_s8_s32(vdupq_n_s32(bytes[1]))};
}
inline UnitSum ZeroUnit() { return {vdupq_n_s32(0), vdupq_n_s32(0)}; }
inline UnitSum MultiplyAddUnit(Unit w, Factor h, UnitSum sum) {
  return {vdotq_s32(sum.high, w, h.high), vdotq_s32(sum.low, w, h.low)};
}
inline void StoreUnit(float* out, UnitSum sum, const Half* scales, float unscale) {
  const float32x4_t whole = vcvtq_f32_s32(vaddq_s32(vshlq_n_s32(sum.high, 8), sum.low));
  const float32x4_t scale = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(scales)));
  vst1q_f32(out, vmulq_n_f32(vmulq_f32(whole, scale), unscale));
}
#include "int8-inl.h"

}  // namespace
}  // namespace biox

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace biox {

const KernelTable& NeonDotProductKernels() {
  static const KernelTable table = [] {
    KernelTable kernels = kNeonKernels;
    kernels.name = "neon-dotprod";
    kernels.combine_int8 = CombineInt8;
    kernels.int8_group = kInt8Group;
    return kernels;
  }();
  return table;
}

}  // namespace biox

#endif  // __aarch64__
