// AVX-512 Foundation and Byte/Word (x86-64-v4: Intel Skylake-X 2017, AMD Zen 4 2022, and later). See avx2.cc about the target region.
#include "kernels.h"

#if defined(__x86_64__)

// GCC 12 warns of its own headers, which leave on purpose unset what a full mask overwrites (GCC bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx2,fma,f16c"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx2,fma,f16c")
#endif

namespace biox {
namespace {

using Vec = __m512;
constexpr std::size_t kLanes = 16;

inline Vec Zero() { return _mm512_setzero_ps(); }
inline Vec Load(const float* p) { return _mm512_loadu_ps(p); }
inline Vec Load(const Half* p) { return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))); }
inline Vec Load(const std::int8_t* p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
inline float Widen(Half x) { return _cvtsh_ss(x); }
inline Vec Broadcast(const float* p) { return _mm512_set1_ps(*p); }
inline void Store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
inline Vec Add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
inline Vec MultiplyAdd(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }

inline __m512d Low(Vec v) { return _mm512_cvtps_pd(_mm512_castps512_ps256(v)); }
inline __m512d High(Vec v) {
  return _mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1)));
}

inline double SumWide(Vec v) { return _mm512_reduce_add_pd(_mm512_add_pd(Low(v), High(v))); }
inline float Sum(Vec v) { return _mm512_reduce_add_ps(v); }
inline void AddWide(double* sums, Vec v) {
  _mm512_storeu_pd(sums, _mm512_add_pd(_mm512_loadu_pd(sums), Low(v)));
  _mm512_storeu_pd(sums + 8, _mm512_add_pd(_mm512_loadu_pd(sums + 8), High(v)));
}

#include "vector-inl.h"
#include "blocks-inl.h"

constexpr std::size_t kSums = 16;
#include "combine-inl.h"

using Unit = __m512i;
using Factor = __m512i;
using UnitSum = __m512i;
constexpr std::size_t kInt8Group = 2;
constexpr std::size_t kUnitRows = kLanes;
constexpr std::size_t kUnits = 16;

inline Unit LoadUnit(const std::int8_t* p) {
  return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline Factor LoadFactor(const std::int16_t* p) {
  std::int32_t pair;
  __builtin_memcpy(&pair, p, sizeof(pair));
  return _mm512_set1_epi32(pair);
}
inline UnitSum ZeroUnit() { return _mm512_setzero_si512(); }
inline UnitSum MultiplyAddUnit(Unit w, Factor h, UnitSum sum) { return _mm512_add_epi32(sum, _mm512_madd_epi16(w, h)); }
inline void StoreUnit(float* out, UnitSum sum, const Half* scales, float unscale) {
  _mm512_storeu_ps(out, _mm512_mul_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), Load(scales)), _mm512_set1_ps(unscale)));
}
#include "int8-inl.h"

constexpr std::size_t kTileRows = 12;
constexpr std::size_t kTileColumns = 32;

// 24 of the 32 registers accumulate. The rows' factors are broadcast by the multiply-adds that use them.
#include "tile-inl.h"

using Wide = __m512d;
constexpr std::size_t kWideLanes = 8;
inline Wide LoadWide(const double* p) { return _mm512_loadu_pd(p); }
inline Wide BroadcastWide(const double* p) { return _mm512_set1_pd(*p); }
inline void StoreWide(double* p, Wide v) { _mm512_storeu_pd(p, v); }
inline Wide MultiplyAdd(Wide a, Wide b, Wide c) { return _mm512_fmadd_pd(a, b, c); }
#include "gram-inl.h"

}  // namespace

// AMD EPYC of family 26: tiles 115 multiply-adds a nanosecond; reads 250, 110 and 50 GB/s; combine 65, 68 and 110 multiply-adds.
constexpr Rates kRates = {0.5, 1.05, 2.3, {1.8, 1.7, 1.05}};

const KernelTable kAvx512Kernels = {
    "avx512",       kTileRows, kTileColumns, kRates, RowSum,      ColumnSums, Dot<float>, Combine<float>,
    Dot<Half>,      Combine<Half>, Dot<std::int8_t>, CombineInt8, kInt8Group, Tile, Read, MultiplyAdds, kMultiplyAddsPerStep,
    Cross};

}  // namespace biox

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif  // __x86_64__
