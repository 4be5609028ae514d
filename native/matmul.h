#pragma once

#include <cstddef>

#include "aligned.h"
#include "kernels/kernels.h"

namespace biox {

// A matrix as it lies in memory: element (i, j) is data[i * row_stride + j * column_stride]. A transpose is a swap of strides.
struct MatrixView {
  const float* data;
  std::size_t row_stride;
  std::size_t column_stride;
};

// Products of any two matrices through a target's tile: both sides are packed block by block into panels (Goto and van de Geijn, 2008).
// Sums are float32 within a block of kDepth terms, and blocks are added one after another. Allocates only when it is made; one object
// serves one thread at a time.
class Matmul {
 public:
  explicit Matmul(const KernelTable& kernels);
  bool ok() const { return rows_.ok() && columns_.ok(); }

  // c[i * ldc + j] += sum over k < depth of a(i, k) * b(k, j), for i < rows and j < columns.
  void Add(const MatrixView& a, const MatrixView& b, std::size_t rows, std::size_t columns, std::size_t depth, float* c, std::size_t ldc);

  // Terms of one block, and columns whose panels stay in the second-level cache beside it.
  static constexpr std::size_t kDepth = 256;
  static constexpr std::size_t kColumns = 512;

 private:
  void AddBlock(const MatrixView& a, std::size_t rows, std::size_t columns, std::size_t depth, float* c, std::size_t ldc);

  const KernelTable& kernels_;
  AlignedFloats rows_;     // one panel of a: [depth][tile_rows]
  AlignedFloats columns_;  // panels of b: [ceil(columns / tile_columns)][depth][tile_columns]
};

}  // namespace biox
