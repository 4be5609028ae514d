// How `combine` and `combine_int8` go through their blocks. Included inside the anonymous namespace and target region of a target's file.

// How far ahead of its use a weight is asked for: the processor's own prefetching stops at the end of a page. Measured on an AMD EPYC of
// family 26 from the third-level cache: 88 GB/s without, 92 at 512 bytes, 110 from 1 to 4 KB, of the 115 of a plain loop of reads.
constexpr std::size_t kPrefetchBytes = 4096;

template <std::size_t kBytes>
inline void Prefetch(const void* weights) {
  BIOX_UNROLL_ALL
  for (std::size_t i = 0; i < kBytes; i += 64) __builtin_prefetch(static_cast<const char*>(weights) + kPrefetchBytes + i);
}

// Calls use(first window, windows) with four, two or one windows at a time.
template <typename Use>
inline void ForParts(std::size_t windows, Use use) {
  for (std::size_t first = 0; first < windows;) {
    const std::size_t left = windows - first;
    const std::size_t count = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    use(first, count);
    first += count;
  }
}

// Calls body(first block, blocks, first window, windows, out, stride) for parts of the windows and as many whole blocks as stay in the
// first-level cache while all parts pass by. Rows beyond the last whole block are computed beside the output.
template <typename Body>
inline void ForBlocks(std::size_t block_bytes, std::size_t n, std::size_t windows, float* out, std::size_t stride, Body body) {
  constexpr std::size_t kCached = 16384;
  const std::size_t whole = n / kCombineBlock;
  const std::size_t step = windows == 1 ? whole : block_bytes < kCached ? kCached / block_bytes : 1;
  for (std::size_t block = 0; block < whole; block += step) {
    const std::size_t blocks = whole - block < step ? whole - block : step;
    ForParts(windows, [&](std::size_t first, std::size_t count) {
      body(block, blocks, first, count, out + first * stride + block * kCombineBlock, stride);
    });
  }
  const std::size_t left = n - whole * kCombineBlock;
  if (left == 0) return;
  ForParts(windows, [&](std::size_t first, std::size_t count) {
    float last[4 * kCombineBlock];
    body(whole, 1, first, count, last, kCombineBlock);
    for (std::size_t w = 0; w < count; ++w) {
      float* rows = out + (first + w) * stride + whole * kCombineBlock;
      for (std::size_t l = 0; l < left; ++l) rows[l] = last[w * kCombineBlock + l];
    }
  });
}
