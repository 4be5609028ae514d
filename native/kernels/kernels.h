#pragma once

#include <cstddef>
#include <cstdint>

// The inner loops that every compiled target provides. Everything above them is shared, plain C++.
//
// Rules for a target's file
// * It includes C headers and intrinsics only: an inline function of the C++ library that was compiled for AVX2 could be the
//   copy that the linker keeps for everybody, and would then stop older processors.
// * It peels nothing by address, so that a result does not depend on where an array starts.
// * float32 throughout, with several accumulators; sums over time go to float64 every kFlushTerms terms.
#if defined(__clang__)
#define BIOX_UNROLL _Pragma("unroll")
#define BIOX_UNROLL_ALL _Pragma("unroll")
#else
#define BIOX_UNROLL _Pragma("GCC unroll 8")
#define BIOX_UNROLL_ALL _Pragma("GCC unroll 16")
#endif

namespace biox {

// Bits of an IEEE 754 binary16 number. Kernels are given finite ones only.
using Half = std::uint16_t;

// Outputs that `combine` computes together: 4 AVX-512, 8 AVX2 or 16 NEON registers of accumulators and, for each k, four whole cache lines.
inline constexpr std::size_t kCombineBlock = 64;
// Widest call of `column_sums`: its partial sums, 12 bytes a column, then stay in the first-level cache. Features of most models are no
// wider, so that they are read in the order in which they lie.
inline constexpr std::size_t kColumnBlock = 1024;
// A float32 lane takes at most this many additions before it is flushed to float64, which bounds the relative error of a sum of
// one sign by about 32 * 2^-24 = 2e-6, however long the window.
inline constexpr std::size_t kFlushTerms = 32;
// Rows that `column_sums` adds in registers before it touches a partial sum.
inline constexpr std::size_t kRowGroup = 8;
// `read` takes whole steps of this many floats: eight vectors of any target.
inline constexpr std::size_t kReadStep = 128;
inline constexpr std::size_t kSeedFloats = 256;
// Largest tile_rows * tile_columns of any target.
inline constexpr std::size_t kMaxTile = 12 * 32;

// What the planner knows of a target, all in the time that `tile` takes for one multiply-add.
struct Rates {
  // One byte of weights from the second-level cache, the third-level cache and memory.
  double l2, l3, memory;
  // One multiply-add of combine, combine_half and combine_int8 where the weights are near.
  double combine[3];
};

struct KernelTable {
  const char* name;
  // Shape of one `tile`: rows are broadcast, columns are vectors.
  std::size_t tile_rows;
  std::size_t tile_columns;
  Rates rates;

  // Sum of x[0..n).
  double (*row_sum)(const float* x, std::size_t n);
  // sums[j] = sum over i < rows of x[i * stride + j], for j < width <= kColumnBlock.
  void (*column_sums)(const float* x, std::size_t rows, std::size_t stride, std::size_t width, double* sums);
  // Sum of a[i] * b[i] for i < n.
  float (*dot)(const float* a, const float* b, std::size_t n);
  // out(w, i) = sum over k < rank of packed(i, k) * h(w, k), for i < n and w < windows. `packed` is in blocks, [ceil(n / 64)][rank][64];
  // h [windows, rank]; out(w, i) is out[w * stride + i]. Each block of weights comes from memory once, however many windows there are,
  // and the additions of one window are in the same order, so that its bits do not depend on the others.
  void (*combine)(const float* packed, const float* h, std::size_t rank, std::size_t n, std::size_t windows, float* out,
                  std::size_t stride);
  // The same two with weights in binary16; sums and the other factor are float32.
  float (*dot_half)(const Half* a, const float* b, std::size_t n);
  void (*combine_half)(const Half* packed, const float* h, std::size_t rank, std::size_t n, std::size_t windows, float* out,
                       std::size_t stride);
  // dot with weights of one byte, widened to float32.
  float (*dot_int8)(const std::int8_t* a, const float* b, std::size_t n);
  // out(w, i) = scales[i] * unscale[w] * sum over k of packed(i, k) * h(w, k), where the sum is of whole numbers and exact: it must fit
  // into 32 bits. `packed` is [ceil(n / 64)][rank / int8_group][64][int8_group], rank a multiple of int8_group; scales in binary16,
  // one for each row, padding included; h [windows, rank] as ArrangeHidden of int8.h writes it.
  void (*combine_int8)(const std::int8_t* packed, const Half* scales, const std::int16_t* h, const float* unscale, std::size_t rank,
                       std::size_t n, std::size_t windows, float* out, std::size_t stride);
  std::size_t int8_group;
  // c[i * ldc + j] = sum over k < depth of a[k * tile_rows + i] * b[k * tile_columns + j], the whole tile.
  void (*tile)(const float* a, const float* b, std::size_t depth, float* c, std::size_t ldc);

  // The machine's limits, for benchmarks. `read` loads x[0..n) and does no more than it must to keep the loads: a sum of no use,
  // without the last n % kReadStep floats. `multiply_adds` does `steps` rounds of independent multiply-adds that touch no memory,
  // multiply_adds_per_step in each; `seed` holds kSeedFloats numbers, which stay finite where the first is below 1.
  float (*read)(const float* x, std::size_t n);
  float (*multiply_adds)(const float* seed, std::size_t steps);
  std::size_t multiply_adds_per_step;

  // out(i, j) += sum over r of x(r, i) * y(r, j) in float64, for x [rows, p], y [rows, q] and out [p, q], all row-major.
  void (*cross)(const double* x, std::size_t p, const double* y, std::size_t q, std::size_t rows, double* out);
};

extern const KernelTable kScalarKernels;
#if defined(__x86_64__)
extern const KernelTable kAvx2Kernels;
extern const KernelTable kAvx512Kernels;
#endif
#if defined(__aarch64__)
extern const KernelTable kNeonKernels;
// For processors with the dot product of bytes.
const KernelTable& NeonDotProductKernels();
#endif

}  // namespace biox
