// `combine_int8` of every SIMD target: whole numbers throughout, a fraction of the conversions that float32 sums would need. Included after
// blocks-inl.h, once these are defined:
//   constexpr std::size_t kInt8Group, kUnitRows, kUnits;  k's side by side, rows of one unit, units that fit into the registers
//   Unit LoadUnit(const std::int8_t*);                     kUnitRows * kInt8Group weights, widened as far as needed
//   Factor LoadFactor(const std::int16_t*);                kInt8Group factors for all rows
//   UnitSum ZeroUnit(), MultiplyAddUnit(Unit, Factor, UnitSum)
//   void StoreUnit(float* out, UnitSum, const Half* scales, float unscale)

template <std::size_t kWindows>
inline void CombineUnits(const std::int8_t* packed, const Half* scales, const std::int16_t* h, const float* unscale,
                         std::size_t rank, std::size_t blocks, float* out, std::size_t stride) {
  constexpr std::size_t kAll = kCombineBlock / kUnitRows;
  constexpr std::size_t kFit = kUnits / kWindows;
  constexpr std::size_t kWide = kFit < kAll ? kFit : kAll;
  static_assert(kWide > 0 && kAll % kWide == 0, "whole parts of a block");

  for (; blocks > 0; --blocks, packed += rank * kCombineBlock, scales += kCombineBlock, out += kCombineBlock) {
    for (std::size_t part = 0; part < kCombineBlock; part += kWide * kUnitRows) {
      const std::int8_t* weights = packed + part * kInt8Group;
      UnitSum sum[kWindows * kWide];
      BIOX_UNROLL_ALL
      for (std::size_t u = 0; u < kWindows * kWide; ++u) sum[u] = ZeroUnit();
      for (std::size_t k = 0; k < rank; k += kInt8Group, weights += kInt8Group * kCombineBlock) {
        if (kWide == kAll) Prefetch<kInt8Group * kCombineBlock>(weights);
        BIOX_UNROLL_ALL
        for (std::size_t u = 0; u < kWide; ++u) {
          const Unit weight = LoadUnit(weights + u * kUnitRows * kInt8Group);
          BIOX_UNROLL_ALL
          for (std::size_t w = 0; w < kWindows; ++w) {
            sum[w * kWide + u] = MultiplyAddUnit(weight, LoadFactor(h + w * rank + k), sum[w * kWide + u]);
          }
        }
      }
      BIOX_UNROLL_ALL
      for (std::size_t u = 0; u < kWindows * kWide; ++u) {
        const std::size_t row = part + u % kWide * kUnitRows;
        StoreUnit(out + u / kWide * stride + row, sum[u], scales + row, unscale[u / kWide]);
      }
    }
  }
}

void CombineInt8(const std::int8_t* packed, const Half* scales, const std::int16_t* h, const float* unscale, std::size_t rank,
                 std::size_t n, std::size_t windows, float* out, std::size_t stride) {
  ForBlocks(rank * kCombineBlock, n, windows, out, stride,
            [=](std::size_t block, std::size_t blocks, std::size_t first, std::size_t count, float* target, std::size_t step) {
              const std::int8_t* weights = packed + block * rank * kCombineBlock;
              const Half* scale = scales + block * kCombineBlock;
              const std::int16_t* factors = h + first * rank;
              const float* factor = unscale + first;
              if (count == 4) return CombineUnits<4>(weights, scale, factors, factor, rank, blocks, target, step);
              if (count == 2) return CombineUnits<2>(weights, scale, factors, factor, rank, blocks, target, step);
              CombineUnits<1>(weights, scale, factors, factor, rank, blocks, target, step);
            });
}
