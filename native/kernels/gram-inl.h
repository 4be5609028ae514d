// `cross` of every SIMD target: products of columns in float64. Included by one target's file, inside its anonymous namespace and
// target region, after these were defined:
//   using Wide; constexpr std::size_t kWideLanes;              doubles in one vector
//   Wide LoadWide(const double*), BroadcastWide(const double*);  void StoreWide(double*, Wide)
//   Wide MultiplyAdd(Wide a, Wide b, Wide c)                   a * b + c, rounded once

// out(i, j) += sum over r of x(r, i) * y(r, j) for kRows of x's columns and kVectors vectors of y's.
template <std::size_t kRows, std::size_t kVectors>
inline void CrossTile(const double* x, std::size_t p, const double* y, std::size_t q, std::size_t rows, double* out) {
  Wide sum[kRows * kVectors];
  BIOX_UNROLL_ALL
  for (std::size_t s = 0; s < kRows * kVectors; ++s) sum[s] = LoadWide(out + s / kVectors * q + s % kVectors * kWideLanes);
  for (; rows > 0; --rows, x += p, y += q) {
    BIOX_UNROLL_ALL
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Wide factor = LoadWide(y + v * kWideLanes);
      BIOX_UNROLL_ALL
      for (std::size_t i = 0; i < kRows; ++i) {
        sum[i * kVectors + v] = MultiplyAdd(BroadcastWide(x + i), factor, sum[i * kVectors + v]);
      }
    }
  }
  BIOX_UNROLL_ALL
  for (std::size_t s = 0; s < kRows * kVectors; ++s) StoreWide(out + s / kVectors * q + s % kVectors * kWideLanes, sum[s]);
}

// 4 x 3 accumulators with what feeds them fill the 16 registers of AVX2 and keep more multiply-adds than loads.
template <std::size_t kRows>
inline void CrossRows(const double* x, std::size_t p, const double* y, std::size_t q, std::size_t rows, double* out) {
  constexpr std::size_t kVectors = 3;
  std::size_t j = 0;
  for (; q - j >= kVectors * kWideLanes; j += kVectors * kWideLanes) CrossTile<kRows, kVectors>(x, p, y + j, q, rows, out + j);
  for (; q - j >= kWideLanes; j += kWideLanes) CrossTile<kRows, 1>(x, p, y + j, q, rows, out + j);
  for (; j < q; ++j) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < kRows; ++i) out[i * q + j] += x[r * p + i] * y[r * q + j];
    }
  }
}

void Cross(const double* x, std::size_t p, const double* y, std::size_t q, std::size_t rows, double* out) {
  std::size_t i = 0;
  for (; p - i >= 4; i += 4) CrossRows<4>(x + i, p, y, q, rows, out + i * q);
  for (; i < p; ++i) CrossRows<1>(x + i, p, y, q, rows, out + i * q);
}
