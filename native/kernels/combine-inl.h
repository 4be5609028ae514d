// `combine` of every SIMD target. Included after vector-inl.h, once this is defined:
//   constexpr std::size_t kSums;   accumulators that fit into the registers beside weights and factors

// Rows [0, 64) of one block for kWindows windows, whose accumulators share each load and conversion of weights.
template <std::size_t kWindows, typename Weight>
inline void CombineBlock(const Weight* packed, const float* h, std::size_t rank, float* out, std::size_t stride) {
  constexpr std::size_t kVectors = kCombineBlock / kLanes;
  // Wide vectors leave fewer chains than a multiply-add's latency asks for; then odd k have chains of their own.
  constexpr std::size_t kSets = kVectors < kStreams ? kStreams / kVectors : 1;
  constexpr std::size_t kFit = kSums / (kSets * kWindows);
  constexpr std::size_t kWide = kFit < kVectors ? kFit : kVectors;
  constexpr std::size_t kOfWindow = kSets * kWide;
  static_assert(kWide > 0 && kVectors % kWide == 0, "whole parts of a block");

  for (std::size_t part = 0; part < kCombineBlock; part += kWide * kLanes) {
    const Weight* weights = packed + part;
    Vec sum[kWindows * kOfWindow];
    BIOX_UNROLL_ALL
    for (std::size_t v = 0; v < kWindows * kOfWindow; ++v) sum[v] = Zero();
    std::size_t k = 0;
    for (; k + kSets <= rank; k += kSets, weights += kSets * kCombineBlock) {
      Vec weight[kOfWindow];
      BIOX_UNROLL_ALL
      for (std::size_t v = 0; v < kOfWindow; ++v) weight[v] = Load(weights + v / kWide * kCombineBlock + v % kWide * kLanes);
      BIOX_UNROLL_ALL
      for (std::size_t v = 0; v < kWindows * kOfWindow; ++v) {
        const float* factor = h + v / kOfWindow * rank + k + v % kOfWindow / kWide;
        sum[v] = MultiplyAdd(weight[v % kOfWindow], Broadcast(factor), sum[v]);
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
      Vec total = sum[v / kWide * kOfWindow + v % kWide];
      if (kSets > 1) total = Add(total, sum[v / kWide * kOfWindow + kWide + v % kWide]);
      static_assert(kSets <= 2, "two sets of chains at most");
      Store(out + v / kWide * stride + part + v % kWide * kLanes, total);
    }
  }
}

// Calls body(first window, number of windows) for parts of four, two and one windows: a block of weights stays in the first-level cache
// while the parts pass by.
template <typename Body>
inline void ForParts(std::size_t windows, Body body) {
  for (std::size_t w = 0; w < windows;) {
    const std::size_t left = windows - w;
    const std::size_t count = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    body(w, count);
    w += count;
  }
}

// Runs body(block index, count, first window, out, stride) for every block and part. The last block may be cut off, and is then computed
// beside the output.
template <typename Body>
inline void ForBlocks(std::size_t n, std::size_t windows, float* out, std::size_t stride, Body body) {
  for (std::size_t i = 0; i < n; i += kCombineBlock) {
    const std::size_t left = n - i;
    ForParts(windows, [&](std::size_t first, std::size_t count) {
      float* target = out + first * stride + i;
      if (left >= kCombineBlock) return body(i / kCombineBlock, count, first, target, stride);
      float last[4 * kCombineBlock];
      body(i / kCombineBlock, count, first, last, kCombineBlock);
      for (std::size_t w = 0; w < count; ++w) {
        for (std::size_t l = 0; l < left; ++l) target[w * stride + l] = last[w * kCombineBlock + l];
      }
    });
  }
}

template <typename Weight>
void Combine(const Weight* packed, const float* h, std::size_t rank, std::size_t n, std::size_t windows, float* out,
             std::size_t stride) {
  ForBlocks(n, windows, out, stride,
            [=](std::size_t block, std::size_t count, std::size_t first, float* target, std::size_t step) {
              const Weight* weights = packed + block * rank * kCombineBlock;
              const float* factors = h + first * rank;
              if (count == 4) return CombineBlock<4>(weights, factors, rank, target, step);
              if (count == 2) return CombineBlock<2>(weights, factors, rank, target, step);
              CombineBlock<1>(weights, factors, rank, target, step);
            });
}
