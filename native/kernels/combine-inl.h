// `combine` of every SIMD target. Included after vector-inl.h and blocks-inl.h, once this is defined:
//   constexpr std::size_t kSums;   accumulators that fit into the registers beside weights and factors

// Whole blocks for kWindows windows, whose accumulators share each load and conversion of weights.
template <std::size_t kWindows, typename Weight>
inline void CombineBlocks(const Weight* packed, const float* h, std::size_t rank, std::size_t blocks, float* out,
                          std::size_t stride) {
  constexpr std::size_t kVectors = kCombineBlock / kLanes;
  // Wide vectors leave fewer chains than a multiply-add's latency asks for; then odd k have chains of their own.
  constexpr std::size_t kSets = kVectors < kStreams ? kStreams / kVectors : 1;
  static_assert(kSets <= 2, "two sets of chains at most");
  constexpr std::size_t kFit = kSums / (kSets * kWindows);
  constexpr std::size_t kWide = kFit < kVectors ? kFit : kVectors;
  static_assert(kWide > 0 && kVectors % kWide == 0, "whole parts of a block");
  constexpr std::size_t kOfWindow = kSets * kWide;

  for (; blocks > 0; --blocks, packed += rank * kCombineBlock, out += kCombineBlock) {
    for (std::size_t part = 0; part < kCombineBlock; part += kWide * kLanes) {
      const Weight* weights = packed + part;
      Vec sum[kWindows * kOfWindow];
      BIOX_UNROLL_ALL
      for (std::size_t v = 0; v < kWindows * kOfWindow; ++v) sum[v] = Zero();
      std::size_t k = 0;
      for (; k + kSets <= rank; k += kSets, weights += kSets * kCombineBlock) {
        if (kWide == kVectors) Prefetch<kSets * kCombineBlock * sizeof(Weight)>(weights);
        BIOX_UNROLL_ALL
        for (std::size_t v = 0; v < kOfWindow; ++v) {
          const Vec weight = Load(weights + v / kWide * kCombineBlock + v % kWide * kLanes);
          BIOX_UNROLL_ALL
          for (std::size_t w = 0; w < kWindows; ++w) {
            Vec& own = sum[w * kOfWindow + v];
            own = MultiplyAdd(weight, Broadcast(h + w * rank + k + v / kWide), own);
          }
        }
      }
      for (; k < rank; ++k, weights += kCombineBlock) {
        BIOX_UNROLL_ALL
        for (std::size_t v = 0; v < kWindows * kWide; ++v) {
          Vec& first = sum[v / kWide * kOfWindow + v % kWide];
          first = MultiplyAdd(Load(weights + v % kWide * kLanes), Broadcast(h + v / kWide * rank + k), first);
        }
      }
      BIOX_UNROLL_ALL
      for (std::size_t v = 0; v < kWindows * kWide; ++v) {
        const std::size_t first = v / kWide * kOfWindow + v % kWide;
        const Vec total = kSets > 1 ? Add(sum[first], sum[first + kOfWindow - kWide]) : sum[first];
        Store(out + v / kWide * stride + part + v % kWide * kLanes, total);
      }
    }
  }
}

template <typename Weight>
void Combine(const Weight* packed, const float* h, std::size_t rank, std::size_t n, std::size_t windows, float* out,
             std::size_t stride) {
  ForBlocks(rank * kCombineBlock * sizeof(Weight), n, windows, out, stride,
            [=](std::size_t block, std::size_t blocks, std::size_t first, std::size_t count, float* target, std::size_t step) {
              const Weight* weights = packed + block * rank * kCombineBlock;
              const float* factors = h + first * rank;
              if (count == 4) return CombineBlocks<4>(weights, factors, rank, blocks, target, step);
              if (count == 2) return CombineBlocks<2>(weights, factors, rank, blocks, target, step);
              CombineBlocks<1>(weights, factors, rank, blocks, target, step);
            });
}
