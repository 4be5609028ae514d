#include "int8.h"

#include <cmath>
#include <cstring>

#include "pack.h"

namespace biox {
namespace {

constexpr float kLargest = 127;
// Row scales of columns brought to 1 are at most 1 / 127; times this they fill binary16 up to 2^15.
constexpr float kScaleUnit = 127 * 32768.0f;
// 127 * 256: its high byte is 127, its low byte 0.
constexpr double kLargestHidden = 32512;
// Sum of |number| over k that keeps the sum of products within 31 bits, less what the rounding of a product may add.
constexpr double kLargestSum = 2147483647.0 / kLargest * 0.9999;

std::int8_t Nearest(float value) {
  const float bounded = value > kLargest ? kLargest : value < -kLargest ? -kLargest : value;
  return static_cast<std::int8_t>(std::lrintf(bounded));
}

float Larger(float a, float b) { return a > b ? a : b; }

// The smallest binary16 number that is not below `value`, 0 <= value <= 65504.
Half RoundUpToHalf(float value) {
  const Half half = HalfOf(value);
  return FloatOf(half) < value ? static_cast<Half>(half + 1) : half;
}

}  // namespace

Int8Rows::Int8Rows(const float* values, std::size_t rows, std::size_t columns) : numbers_(rows * columns), scales_(rows) {
  if (!ok()) return;
  for (std::size_t i = 0; i < rows; ++i, values += columns) {
    float max = 0;
    for (std::size_t j = 0; j < columns; ++j) max = Larger(max, std::fabs(values[j]));
    const float scale = max / kLargest;
    scales_.data()[i] = scale;
    // So small that its scale is 0: the row is zero to every float32 sum.
    for (std::size_t j = 0; scale > 0 && j < columns; ++j) numbers_.data()[i * columns + j] = Nearest(values[j] / scale);
  }
}

Int8Blocks::Int8Blocks(const AlignedFloats& blocks, std::size_t rank, std::size_t group)
    : rank_(rank),
      padded_rank_(RoundUp(rank, group)),
      numbers_(blocks.size() / rank * padded_rank_),
      scales_(blocks.size() / rank),
      columns_(rank) {
  if (!ok()) return;
  const float* values = blocks.data();
  const std::size_t rows = blocks.size() / rank;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < rank; ++k) {
      columns_.data()[k] = Larger(columns_.data()[k], std::fabs(values[BlockIndex(i, k, rank)]));
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    float max = 0;
    for (std::size_t k = 0; k < rank; ++k) {
      const float column = columns_.data()[k];
      if (column > 0) max = Larger(max, std::fabs(values[BlockIndex(i, k, rank)]) / column);
    }
    scales_.data()[i] = RoundUpToHalf(max / kLargest * kScaleUnit);
    const float scale = FloatOf(scales_.data()[i]) / kScaleUnit;
    for (std::size_t k = 0; k < rank; ++k) {
      const float column = columns_.data()[k];
      if (column == 0 || scale == 0) continue;
      const float value = values[BlockIndex(i, k, rank)] / column;
      numbers_.data()[GroupedIndex(i, k, padded_rank_, group)] = Nearest(value / scale);
    }
  }
  for (std::size_t k = 0; k < rank; ++k) columns_.data()[k] /= kScaleUnit;
}

float ArrangeHidden(const Int8Blocks& weights, const float* hidden, std::size_t rank, std::size_t group, std::int16_t* numbers) {
  double max = 0, sum = 0;
  for (std::size_t k = 0; k < rank; ++k) {
    const double size = std::fabs(static_cast<double>(hidden[k]) * weights.columns()[k]);
    if (size > max) max = size;
    sum += size;
  }
  std::memset(numbers, 0, weights.padded_rank() * sizeof(numbers[0]));
  if (!std::isfinite(sum)) return NAN;
  if (max == 0) return 0;
  double factor = kLargestHidden / max;
  if (factor * sum > kLargestSum) factor = kLargestSum / sum;
  for (std::size_t k = 0; k < rank; ++k) {
    // Towards zero, so that the sum of sizes stays as small as was reckoned.
    const auto number = static_cast<std::int32_t>(static_cast<double>(hidden[k]) * weights.columns()[k] * factor);
    if (group < 4) {
      numbers[k] = static_cast<std::int16_t>(number);
      continue;
    }
    const auto low = static_cast<std::int8_t>(number & 255);
    auto* bytes = reinterpret_cast<std::int8_t*>(numbers + k / group * group);
    bytes[k % group] = static_cast<std::int8_t>((number - low) / 256);
    bytes[group + k % group] = low;
  }
  return static_cast<float>(1 / factor);
}

}  // namespace biox
