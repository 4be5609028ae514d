// Kernels that are the same for every SIMD target; only the vector differs. Included by one target's file, inside its
// anonymous namespace and target region, after these were defined:
//   using Vec; constexpr std::size_t kLanes;                 floats in one vector
//   Vec Zero(), Load(const float*), Broadcast(const float*);  void Store(float*, Vec)
//   Vec Load(const Half*); float Widen(Half)                  binary16 to float32
//   Vec Load(const std::int8_t*)                              whole numbers to float32
//   Vec Add(Vec, Vec), MultiplyAdd(Vec a, Vec b, Vec c)       a * b + c, rounded once
//   double SumWide(Vec)  float Sum(Vec)                       across lanes, in float64 and in float32
//   void AddWide(double* sums, Vec)                           sums[lane] += lane, in float64
// BIOX_UNROLL marks loops over a vector's worth of accumulators: GCC keeps an array in registers only if it unrolls early.

constexpr std::size_t kStreams = 8;

// Eight independent sums cover the latency of an addition (3 to 4 cycles) at two additions a cycle.
double RowSum(const float* x, std::size_t n) {
  constexpr std::size_t kStep = kStreams * kLanes;
  double total = 0;
  std::size_t i = 0;
  while (n - i >= kStep) {
    std::size_t steps = (n - i) / kStep;
    if (steps > kFlushTerms) steps = kFlushTerms;
    Vec sum[kStreams];
    BIOX_UNROLL
    for (std::size_t s = 0; s < kStreams; ++s) sum[s] = Zero();
    for (; steps > 0; --steps, i += kStep) {
      BIOX_UNROLL
      for (std::size_t s = 0; s < kStreams; ++s) sum[s] = Add(sum[s], Load(x + i + s * kLanes));
    }
    total += SumWide(Add(Add(Add(sum[0], sum[1]), Add(sum[2], sum[3])), Add(Add(sum[4], sum[5]), Add(sum[6], sum[7]))));
  }
  Vec tail = Zero();
  for (; n - i >= kLanes; i += kLanes) tail = Add(tail, Load(x + i));
  total += SumWide(tail);
  for (; i < n; ++i) total += x[i];
  return total;
}

// Eight rows are added in registers before the partial sum is touched: eight contiguous streams of reads, one of writes.
void AddRowGroup(const float* x, std::size_t stride, std::size_t width, float* partial) {
  std::size_t j = 0;
  for (; width - j >= kLanes; j += kLanes) {
    const float* p = x + j;
    const Vec a = Add(Load(p), Load(p + stride));
    const Vec b = Add(Load(p + 2 * stride), Load(p + 3 * stride));
    const Vec c = Add(Load(p + 4 * stride), Load(p + 5 * stride));
    const Vec d = Add(Load(p + 6 * stride), Load(p + 7 * stride));
    Store(partial + j, Add(Load(partial + j), Add(Add(a, b), Add(c, d))));
  }
  for (; j < width; ++j) {
    float sum = 0;
    for (std::size_t i = 0; i < kRowGroup; ++i) sum += x[i * stride + j];
    partial[j] += sum;
  }
}

void AddRow(const float* x, std::size_t width, float* partial) {
  std::size_t j = 0;
  for (; width - j >= kLanes; j += kLanes) Store(partial + j, Add(Load(partial + j), Load(x + j)));
  for (; j < width; ++j) partial[j] += x[j];
}

void ColumnSums(const float* x, std::size_t rows, std::size_t stride, std::size_t width, double* sums) {
  float partial[kColumnBlock];
  for (std::size_t j = 0; j < width; ++j) sums[j] = 0;
  for (std::size_t i = 0; i < rows;) {
    for (std::size_t j = 0; j < width; ++j) partial[j] = 0;
    std::size_t terms = 0;
    for (; terms < kFlushTerms && rows - i >= kRowGroup; ++terms, i += kRowGroup) {
      AddRowGroup(x + i * stride, stride, width, partial);
    }
    for (; terms < kFlushTerms && i < rows; ++terms, ++i) AddRow(x + i * stride, width, partial);
    std::size_t j = 0;
    for (; width - j >= kLanes; j += kLanes) AddWide(sums + j, Load(partial + j));
    for (; j < width; ++j) sums[j] += partial[j];
  }
}

inline float Widen(float x) { return x; }
inline float Widen(std::int8_t x) { return x; }

template <typename Weight>
float Dot(const Weight* a, const float* b, std::size_t n) {
  constexpr std::size_t kDotStreams = 4;
  constexpr std::size_t kStep = kDotStreams * kLanes;
  Vec sum[kDotStreams];
  BIOX_UNROLL
  for (std::size_t s = 0; s < kDotStreams; ++s) sum[s] = Zero();
  std::size_t i = 0;
  for (; n - i >= kStep; i += kStep) {
    BIOX_UNROLL
    for (std::size_t s = 0; s < kDotStreams; ++s) {
      sum[s] = MultiplyAdd(Load(a + i + s * kLanes), Load(b + i + s * kLanes), sum[s]);
    }
  }
  for (; n - i >= kLanes; i += kLanes) sum[0] = MultiplyAdd(Load(a + i), Load(b + i), sum[0]);
  float tail = 0;
  for (; i < n; ++i) tail += Widen(a[i]) * b[i];
  return Sum(Add(Add(sum[0], sum[1]), Add(sum[2], sum[3]))) + tail;
}

float Read(const float* x, std::size_t n) {
  constexpr std::size_t kStep = kStreams * kLanes;
  static_assert(kReadStep % kStep == 0, "whole steps only");
  Vec sum[kStreams];
  BIOX_UNROLL
  for (std::size_t s = 0; s < kStreams; ++s) sum[s] = Zero();
  for (std::size_t i = 0; n - i >= kStep; i += kStep) {
    BIOX_UNROLL
    for (std::size_t s = 0; s < kStreams; ++s) sum[s] = Add(sum[s], Load(x + i + s * kLanes));
  }
  return Sum(Add(Add(Add(sum[0], sum[1]), Add(sum[2], sum[3])), Add(Add(sum[4], sum[5]), Add(sum[6], sum[7]))));
}

// Twelve chains cover a latency of four cycles at two multiply-adds a cycle, and fit into 16 registers.
constexpr std::size_t kChains = 12;
constexpr std::size_t kMultiplyAddsPerStep = kChains * kLanes;

float MultiplyAdds(const float* seed, std::size_t steps) {
  static_assert((kChains + 1) * kLanes <= kSeedFloats, "one start for each chain");
  const Vec factor = Broadcast(seed);
  const Vec term = Broadcast(seed + 1);
  Vec sum[kChains];
  // Unequal starts, or the compiler would keep one chain for all of them.
  BIOX_UNROLL_ALL
  for (std::size_t s = 0; s < kChains; ++s) sum[s] = Load(seed + (s + 1) * kLanes);
  for (; steps > 0; --steps) {
    BIOX_UNROLL_ALL
    for (std::size_t s = 0; s < kChains; ++s) sum[s] = MultiplyAdd(sum[s], factor, term);
  }
  Vec total = Zero();
  BIOX_UNROLL_ALL
  for (std::size_t s = 0; s < kChains; ++s) total = Add(total, sum[s]);
  return Sum(total);
}
