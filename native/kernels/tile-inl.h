// The factored plan's tile for x86, two vectors wide: kTileRows x kTileColumns accumulators stay in registers over the whole depth.
// Included like vector-inl.h and after it, once these are defined:
//   constexpr std::size_t kTileRows;  constexpr std::size_t kTileColumns = 2 * kLanes;
static_assert(kTileColumns == 2 * kLanes, "the tile is two vectors wide");

void Tile(const float* a, const float* b, std::size_t depth, float* c, std::size_t ldc) {
  Vec left[kTileRows];
  Vec right[kTileRows];
  BIOX_UNROLL_ALL
  for (std::size_t i = 0; i < kTileRows; ++i) left[i] = right[i] = Zero();
  for (std::size_t k = 0; k < depth; ++k, a += kTileRows, b += kTileColumns) {
    const Vec b0 = Load(b);
    const Vec b1 = Load(b + kLanes);
    BIOX_UNROLL_ALL
    for (std::size_t i = 0; i < kTileRows; ++i) {
      const Vec ai = Broadcast(a + i);
      left[i] = MultiplyAdd(ai, b0, left[i]);
      right[i] = MultiplyAdd(ai, b1, right[i]);
    }
  }
  BIOX_UNROLL_ALL
  for (std::size_t i = 0; i < kTileRows; ++i) {
    Store(c + i * ldc, left[i]);
    Store(c + i * ldc + kLanes, right[i]);
  }
}
