// NEON (Advanced SIMD), which every 64-bit Arm processor has: Raspberry Pi 3 and later, Jetson, Apple silicon.
#include "kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>

namespace biox {
namespace {

using Vec = float32x4_t;
constexpr std::size_t kLanes = 4;

inline Vec Zero() { return vdupq_n_f32(0); }
inline Vec Load(const float* p) { return vld1q_f32(p); }
inline Vec Load(const Half* p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
inline Vec Load(const std::int8_t* p) {
  std::int32_t four;
  __builtin_memcpy(&four, p, sizeof(four));
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four))))));
}
inline float Widen(Half x) { return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(x))), 0); }
inline Vec Broadcast(const float* p) { return vld1q_dup_f32(p); }
inline void Store(float* p, Vec v) { vst1q_f32(p, v); }
inline Vec Add(Vec a, Vec b) { return vaddq_f32(a, b); }
inline Vec MultiplyAdd(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }

inline float64x2_t Low(Vec v) { return vcvt_f64_f32(vget_low_f32(v)); }
inline float64x2_t High(Vec v) { return vcvt_high_f64_f32(v); }

inline double SumWide(Vec v) { return vaddvq_f64(vaddq_f64(Low(v), High(v))); }
inline float Sum(Vec v) { return vaddvq_f32(v); }
inline void AddWide(double* sums, Vec v) {
  vst1q_f64(sums, vaddq_f64(vld1q_f64(sums), Low(v)));
  vst1q_f64(sums + 2, vaddq_f64(vld1q_f64(sums + 2), High(v)));
}

#include "vector-inl.h"
#include "blocks-inl.h"

constexpr std::size_t kSums = 16;
#include "combine-inl.h"

// Eight rows: one widening of weights feeds two multiply-adds of four.
using Unit = int16x8_t;
using Factor = int16x8_t;
struct UnitSum {
  int32x4_t low, high;
};
constexpr std::size_t kInt8Group = 1;
constexpr std::size_t kUnitRows = 8;
constexpr std::size_t kUnits = 8;

inline Unit LoadUnit(const std::int8_t* p) { return vmovl_s8(vld1_s8(p)); }
inline Factor LoadFactor(const std::int16_t* p) { return vld1q_dup_s16(p); }
inline UnitSum ZeroUnit() { return {vdupq_n_s32(0), vdupq_n_s32(0)}; }
inline UnitSum MultiplyAddUnit(Unit w, Factor h, UnitSum sum) {
  return {vmlal_s16(sum.low, vget_low_s16(w), vget_low_s16(h)), vmlal_high_s16(sum.high, w, h)};
}
inline void StoreUnit(float* out, UnitSum sum, const Half* scales, float unscale) {
  vst1q_f32(out, vmulq_n_f32(vmulq_f32(vcvtq_f32_s32(sum.low), Load(scales)), unscale));
  vst1q_f32(out + 4, vmulq_n_f32(vmulq_f32(vcvtq_f32_s32(sum.high), Load(scales + 4)), unscale));
}
#include "int8-inl.h"

constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileColumns = 16;
constexpr std::size_t kTileVectors = kTileColumns / kLanes;

template <int kLane>
inline void AddRowProduct(float32x4_t a, const Vec* b, Vec* sum) {
  BIOX_UNROLL
  for (std::size_t v = 0; v < kTileVectors; ++v) sum[v] = vfmaq_laneq_f32(sum[v], b[v], a, kLane);
}

// 24 of the 32 registers accumulate. The rows' factors are taken from lanes: 6 loads, not 10, for 24 multiply-adds.
void Tile(const float* a, const float* b, std::size_t depth, float* c, std::size_t ldc) {
  Vec sum[kTileRows][kTileVectors];
  BIOX_UNROLL
  for (std::size_t i = 0; i < kTileRows; ++i) {
    BIOX_UNROLL
    for (std::size_t v = 0; v < kTileVectors; ++v) sum[i][v] = Zero();
  }
  for (std::size_t k = 0; k < depth; ++k, a += kTileRows, b += kTileColumns) {
    const Vec row[kTileVectors] = {Load(b), Load(b + 4), Load(b + 8), Load(b + 12)};
    const float32x4_t a0 = vld1q_f32(a);
    const float32x4_t a4 = vcombine_f32(vld1_f32(a + 4), vdup_n_f32(0));
    AddRowProduct<0>(a0, row, sum[0]);
    AddRowProduct<1>(a0, row, sum[1]);
    AddRowProduct<2>(a0, row, sum[2]);
    AddRowProduct<3>(a0, row, sum[3]);
    AddRowProduct<0>(a4, row, sum[4]);
    AddRowProduct<1>(a4, row, sum[5]);
  }
  BIOX_UNROLL
  for (std::size_t i = 0; i < kTileRows; ++i) {
    BIOX_UNROLL
    for (std::size_t v = 0; v < kTileVectors; ++v) Store(c + i * ldc + v * kLanes, sum[i][v]);
  }
}

using Wide = float64x2_t;
constexpr std::size_t kWideLanes = 2;
inline Wide LoadWide(const double* p) { return vld1q_f64(p); }
inline Wide BroadcastWide(const double* p) { return vld1q_dup_f64(p); }
inline void StoreWide(double* p, Wide v) { vst1q_f64(p, v); }
inline Wide MultiplyAdd(Wide a, Wide b, Wide c) { return vfmaq_f64(c, a, b); }
#include "gram-inl.h"

}  // namespace

// Reckoned, not measured: arithmetic as llvm-mca estimates it for Cortex-A72 and A76 (docs/performance.md), tiles 4 and 7 multiply-adds a
// cycle and combine 3, 1.7 and 4; bytes from their guides, 8 and 16 a cycle from the second-level cache, 4 to 10 GB/s from memory.
constexpr Rates kRates = {0.4, 0.8, 1.4, {1.8, 3.1, 1.3}};

const KernelTable kNeonKernels = {
    "neon",    kTileRows,     kTileColumns, kRates, RowSum,     ColumnSums, Dot<float>, Combine<float>,
    Dot<Half>, Combine<Half>, Dot<std::int8_t>, CombineInt8, kInt8Group, Tile,       Read,       MultiplyAdds, kMultiplyAddsPerStep,
    Cross};

}  // namespace biox

#endif  // __aarch64__
