// AVX2 + FMA + F16C (x86-64-v3: Intel Haswell 2013, AMD Zen 2017, and later). The target region below stands in for compiler flags, so
// that no build system has to know which file needs which.
#include "kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c")
#endif

namespace biox {
namespace {

using Vec = __m256;
constexpr std::size_t kLanes = 8;

inline Vec Zero() { return _mm256_setzero_ps(); }
inline Vec Load(const float* p) { return _mm256_loadu_ps(p); }
inline Vec Load(const Half* p) { return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))); }
inline Vec Load(const std::int8_t* p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
inline float Widen(Half x) { return _cvtsh_ss(x); }
inline Vec Broadcast(const float* p) { return _mm256_broadcast_ss(p); }
inline void Store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
inline Vec Add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
inline Vec MultiplyAdd(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }

inline __m256d Low(Vec v) { return _mm256_cvtps_pd(_mm256_castps256_ps128(v)); }
inline __m256d High(Vec v) { return _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1)); }

inline double SumWide(Vec v) {
  const __m256d four = _mm256_add_pd(Low(v), High(v));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

inline float Sum(Vec v) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

inline void AddWide(double* sums, Vec v) {
  _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), Low(v)));
  _mm256_storeu_pd(sums + 4, _mm256_add_pd(_mm256_loadu_pd(sums + 4), High(v)));
}

#include "vector-inl.h"
#include "blocks-inl.h"

constexpr std::size_t kSums = 8;
#include "combine-inl.h"

using Unit = __m256i;
using Factor = __m256i;
using UnitSum = __m256i;
constexpr std::size_t kInt8Group = 2;
constexpr std::size_t kUnitRows = kLanes;
constexpr std::size_t kUnits = 8;

inline Unit LoadUnit(const std::int8_t* p) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline Factor LoadFactor(const std::int16_t* p) {
  std::int32_t pair;
  __builtin_memcpy(&pair, p, sizeof(pair));
  return _mm256_set1_epi32(pair);
}
inline UnitSum ZeroUnit() { return _mm256_setzero_si256(); }
inline UnitSum MultiplyAddUnit(Unit w, Factor h, UnitSum sum) { return _mm256_add_epi32(sum, _mm256_madd_epi16(w, h)); }
inline void StoreUnit(float* out, UnitSum sum, const Half* scales, float unscale) {
  _mm256_storeu_ps(out, _mm256_mul_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), Load(scales)), _mm256_set1_ps(unscale)));
}
#include "int8-inl.h"

constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileColumns = 16;

// 12 of the 16 registers accumulate; 6 x 16 does 12 multiply-adds for 8 loads, above the two loads a cycle that feed them.
#include "tile-inl.h"

using Wide = __m256d;
constexpr std::size_t kWideLanes = 4;
inline Wide LoadWide(const double* p) { return _mm256_loadu_pd(p); }
inline Wide BroadcastWide(const double* p) { return _mm256_broadcast_sd(p); }
inline void StoreWide(double* p, Wide v) { _mm256_storeu_pd(p, v); }
inline Wide MultiplyAdd(Wide a, Wide b, Wide c) { return _mm256_fmadd_pd(a, b, c); }
#include "gram-inl.h"

}  // namespace

// AMD EPYC of family 26: tiles 57 multiply-adds a nanosecond; reads 200, 110 and 48 GB/s; combine 45, 45 and 53 multiply-adds.
constexpr Rates kRates = {0.3, 0.52, 1.2, {1.25, 1.25, 1.1}};

const KernelTable kAvx2Kernels = {
    "avx2",    kTileRows,     kTileColumns, kRates, RowSum,     ColumnSums, Dot<float>, Combine<float>,
    Dot<Half>, Combine<Half>, Dot<std::int8_t>, CombineInt8, kInt8Group, Tile,       Read,       MultiplyAdds, kMultiplyAddsPerStep,
    Cross};

}  // namespace biox

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif  // __x86_64__
