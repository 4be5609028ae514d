#include "matmul.h"

#include "pack.h"

namespace biox {
namespace {

std::size_t AtMost(std::size_t n, std::size_t limit) { return n < limit ? n : limit; }

// `count` vectors of `depth` numbers side by side, [depth][panel]; what is missing to a whole panel is zero.
void PackPanel(const float* from, std::size_t step, std::size_t depth_stride, std::size_t count, std::size_t depth, std::size_t panel,
               float* to) {
  for (std::size_t k = 0; k < depth; ++k, from += depth_stride, to += panel) {
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i * step];
    for (std::size_t i = count; i < panel; ++i) to[i] = 0;
  }
}

}  // namespace

Matmul::Matmul(const KernelTable& kernels)
    : kernels_(kernels), rows_(kDepth * kernels.tile_rows), columns_(kDepth * RoundUp(kColumns, kernels.tile_columns)) {}

void Matmul::Add(const MatrixView& a, const MatrixView& b, std::size_t rows, std::size_t columns, std::size_t depth, float* c,
                 std::size_t ldc) {
  const std::size_t panel = kernels_.tile_columns;
  for (std::size_t j = 0; j < columns; j += kColumns) {
    const std::size_t width = AtMost(columns - j, kColumns);
    for (std::size_t k = 0; k < depth; k += kDepth) {
      const std::size_t terms = AtMost(depth - k, kDepth);
      const float* from = b.data + k * b.row_stride + j * b.column_stride;
      for (std::size_t p = 0; p < width; p += panel) {
        PackPanel(from + p * b.column_stride, b.column_stride, b.row_stride, AtMost(width - p, panel), terms, panel,
                  columns_.data() + p * terms);
      }
      AddBlock({a.data + k * a.column_stride, a.row_stride, a.column_stride}, rows, width, terms, c + j, ldc);
    }
  }
}

void Matmul::AddBlock(const MatrixView& a, std::size_t rows, std::size_t columns, std::size_t depth, float* c, std::size_t ldc) {
  const std::size_t tile_rows = kernels_.tile_rows;
  const std::size_t tile_columns = kernels_.tile_columns;
  float tile[kMaxTile];
  for (std::size_t i = 0; i < rows; i += tile_rows) {
    const std::size_t height = AtMost(rows - i, tile_rows);
    PackPanel(a.data + i * a.row_stride, a.row_stride, a.column_stride, height, depth, tile_rows, rows_.data());
    for (std::size_t j = 0; j < columns; j += tile_columns) {
      const std::size_t width = AtMost(columns - j, tile_columns);
      kernels_.tile(rows_.data(), columns_.data() + j * depth, depth, tile, tile_columns);
      for (std::size_t r = 0; r < height; ++r) {
        float* target = c + (i + r) * ldc + j;
        for (std::size_t s = 0; s < width; ++s) target[s] += tile[r * tile_columns + s];
      }
    }
  }
}

}  // namespace biox
