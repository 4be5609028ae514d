#pragma once

#include <cstddef>
#include <cstdint>

#include "aligned.h"
#include "half.h"
#include "kernels/kernels.h"

// Weights kept as whole numbers from -127 to 127 with scales: symmetric, so that zero stays zero.
namespace biox {

// A matrix [rows, columns], row-major, with a scale for each row: value = number * scale, within half a scale.
class Int8Rows {
 public:
  Int8Rows() = default;
  // ok() is false when there was not enough memory.
  Int8Rows(const float* values, std::size_t rows, std::size_t columns);

  bool ok() const { return numbers_.ok() && scales_.ok(); }
  std::size_t bytes() const { return numbers_.bytes() + scales_.bytes(); }
  const std::int8_t* data() const { return numbers_.data(); }
  const float* scales() const { return scales_.data(); }

 private:
  AlignedArray<std::int8_t> numbers_;
  AlignedFloats scales_;
};

// A matrix in combine blocks [size / (rank * 64)][rank][64], scaled twice: value(i, k) = number * row scale i * column scale k.
// * Columns first, by their largest weights, into the hidden vector: what one k contributes does not depend on how a training run
//   has shared its size between A and B.
// * Then each row by its largest weight. A row holds only `rank` numbers (8 to 256 in published bridges), so its largest is near to
//   all of them: a third of the error that column scales alone leave at rank 8. It is kept in binary16 and rounded up, so it costs two
//   bytes for `rank` of weights, and its own rounding is no error, since numbers are made for the scale as it is stored.
class Int8Blocks {
 public:
  Int8Blocks() = default;
  // `group`: k's that lie side by side, as the target's combine_int8 wants them. ok() is false when there was not enough memory.
  Int8Blocks(const AlignedFloats& blocks, std::size_t rank, std::size_t group);

  bool ok() const { return numbers_.ok() && scales_.ok() && columns_.ok(); }
  std::size_t bytes() const { return numbers_.bytes() + scales_.bytes() + columns_.bytes(); }
  // The rank in whole groups.
  std::size_t padded_rank() const { return padded_rank_; }
  const std::int8_t* data() const { return numbers_.data(); }
  const Half* scales() const { return scales_.data(); }
  const float* columns() const { return columns_.data(); }

 private:
  std::size_t rank_ = 0;
  std::size_t padded_rank_ = 0;
  AlignedArray<std::int8_t> numbers_;
  AlignedArray<Half> scales_;
  AlignedFloats columns_;  // times what the row scales were divided by
};

// hidden [rank] times the weights' column scales -> whole numbers for combine_int8 [padded_rank], and what its sums must be multiplied
// by. Up to 15 bits and sign; fewer only where a sum over k could leave 32 bits otherwise, for ranks beyond about 500. A hidden
// vector that is not finite gives NaN to multiply with.
//
// Groups of four are for kernels that multiply bytes by bytes: four high bytes, then four low bytes, number = 256 * high + low.
float ArrangeHidden(const Int8Blocks& weights, const float* hidden, std::size_t rank, std::size_t group, std::int16_t* numbers);

}  // namespace biox
