// Portable kernels: what a machine without a SIMD target runs, and what the SIMD targets are measured against.
#include "kernels.h"

#include <cstring>

namespace biox {
namespace {

constexpr std::size_t kTileRows = 4;
constexpr std::size_t kTileColumns = 8;
constexpr std::size_t kLanes = 8;

double RowSum(const float* x, std::size_t n) {
  double total = 0;
  std::size_t i = 0;
  while (n - i >= kLanes) {
    std::size_t steps = (n - i) / kLanes;
    if (steps > kFlushTerms) steps = kFlushTerms;
    float lane[kLanes] = {};
    for (std::size_t s = 0; s < steps; ++s, i += kLanes) {
      for (std::size_t l = 0; l < kLanes; ++l) lane[l] += x[i + l];
    }
    for (std::size_t l = 0; l < kLanes; ++l) total += lane[l];
  }
  for (; i < n; ++i) total += x[i];
  return total;
}

void ColumnSums(const float* x, std::size_t rows, std::size_t stride, std::size_t width, double* sums) {
  float partial[kColumnBlock];
  for (std::size_t j = 0; j < width; ++j) sums[j] = 0;
  for (std::size_t i = 0; i < rows;) {
    std::size_t count = rows - i < kFlushTerms ? rows - i : kFlushTerms;
    for (std::size_t j = 0; j < width; ++j) partial[j] = 0;
    for (; count > 0; --count, ++i) {
      for (std::size_t j = 0; j < width; ++j) partial[j] += x[i * stride + j];
    }
    for (std::size_t j = 0; j < width; ++j) sums[j] += partial[j];
  }
}

inline float Widen(float x) { return x; }
inline float Widen(std::int8_t x) { return x; }

// Exponent and fraction in float32's places, then the difference of the two biases as a factor: right for subnormal halves, too.
inline float Widen(Half x) {
  const std::uint32_t bits = static_cast<std::uint32_t>(x & 0x7fff) << 13 | static_cast<std::uint32_t>(x & 0x8000) << 16;
  float scaled = 0;
  std::memcpy(&scaled, &bits, sizeof(bits));
  return scaled * 0x1p112f;
}

template <typename Weight>
float Dot(const Weight* a, const float* b, std::size_t n) {
  float lane[kLanes] = {};
  std::size_t i = 0;
  for (; n - i >= kLanes; i += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += Widen(a[i + l]) * b[i + l];
  }
  float tail = 0;
  for (; i < n; ++i) tail += Widen(a[i]) * b[i];
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7])) + tail;
}

template <typename Weight>
void Combine(const Weight* packed, const float* h, std::size_t rank, std::size_t n, std::size_t windows, float* out,
             std::size_t stride) {
  for (std::size_t i = 0; i < n; i += kCombineBlock, packed += rank * kCombineBlock) {
    const std::size_t count = n - i < kCombineBlock ? n - i : kCombineBlock;
    for (std::size_t w = 0; w < windows; ++w) {
      float sum[kCombineBlock] = {};
      for (std::size_t k = 0; k < rank; ++k) {
        const Weight* weights = packed + k * kCombineBlock;
        for (std::size_t l = 0; l < kCombineBlock; ++l) sum[l] += Widen(weights[l]) * h[w * rank + k];
      }
      for (std::size_t l = 0; l < count; ++l) out[w * stride + i + l] = sum[l];
    }
  }
}

void CombineInt8(const std::int8_t* packed, const Half* scales, const std::int16_t* h, const float* unscale, std::size_t rank,
                 std::size_t n, std::size_t windows, float* out, std::size_t stride) {
  for (std::size_t i = 0; i < n; i += kCombineBlock, packed += rank * kCombineBlock) {
    const std::size_t count = n - i < kCombineBlock ? n - i : kCombineBlock;
    for (std::size_t w = 0; w < windows; ++w) {
      std::int32_t sum[kCombineBlock] = {};
      for (std::size_t k = 0; k < rank; ++k) {
        const std::int8_t* weights = packed + k * kCombineBlock;
        for (std::size_t l = 0; l < kCombineBlock; ++l) sum[l] += weights[l] * h[w * rank + k];
      }
      for (std::size_t l = 0; l < count; ++l) out[w * stride + i + l] = static_cast<float>(sum[l]) * Widen(scales[i + l]) * unscale[w];
    }
  }
}

void Tile(const float* a, const float* b, std::size_t depth, float* c, std::size_t ldc) {
  float sum[kTileRows][kTileColumns] = {};
  for (std::size_t k = 0; k < depth; ++k, a += kTileRows, b += kTileColumns) {
    for (std::size_t i = 0; i < kTileRows; ++i) {
      for (std::size_t j = 0; j < kTileColumns; ++j) sum[i][j] += a[i] * b[j];
    }
  }
  for (std::size_t i = 0; i < kTileRows; ++i) {
    for (std::size_t j = 0; j < kTileColumns; ++j) c[i * ldc + j] = sum[i][j];
  }
}

float Read(const float* x, std::size_t n) {
  float lane[kLanes] = {};
  for (std::size_t i = 0; n - i >= kLanes; i += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += x[i + l];
  }
  float sum = 0;
  for (std::size_t l = 0; l < kLanes; ++l) sum += lane[l];
  return sum;
}

constexpr std::size_t kChains = 48;

float MultiplyAdds(const float* seed, std::size_t steps) {
  float sum[kChains];
  for (std::size_t s = 0; s < kChains; ++s) sum[s] = seed[s + 2];
  for (; steps > 0; --steps) {
    for (std::size_t s = 0; s < kChains; ++s) sum[s] = sum[s] * seed[0] + seed[1];
  }
  float total = 0;
  for (std::size_t s = 0; s < kChains; ++s) total += sum[s];
  return total;
}

void Cross(const double* x, std::size_t p, const double* y, std::size_t q, std::size_t rows, double* out) {
  for (; rows > 0; --rows, x += p, y += q) {
    for (std::size_t i = 0; i < p; ++i) {
      for (std::size_t j = 0; j < q; ++j) out[i * q + j] += x[i] * y[j];
    }
  }
}

}  // namespace

// Measured as compiled for x86-64 without flags: four floats at a time, but conversions one by one.
constexpr Rates kRates = {0.1, 0.15, 0.3, {1.6, 3.2, 1.8}};

const KernelTable kScalarKernels = {
    "scalar",  kTileRows,     kTileColumns, kRates, RowSum, ColumnSums, Dot<float>, Combine<float>,
    Dot<Half>, Combine<Half>, Dot<std::int8_t>, CombineInt8, 1,      Tile,       Read,       MultiplyAdds, kChains,
    Cross};

}  // namespace biox
