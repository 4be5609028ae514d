#pragma once

#include <cstddef>

#include "kernels/kernels.h"
#include "plan.h"

// Where a number goes when weights are packed. Both layouts end in zeros, never in unset memory.
namespace biox {

inline std::size_t RoundUp(std::size_t n, std::size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

// Panels of a matrix with `depth` columns: [ceil(rows / panel)][depth][panel], what one side of a tile reads in sequence.
inline std::size_t PanelSize(std::size_t rows, std::size_t depth, std::size_t panel) {
  return RoundUp(rows, panel) * depth;
}
inline std::size_t PanelIndex(std::size_t row, std::size_t k, std::size_t depth, std::size_t panel) {
  return (row / panel) * panel * depth + k * panel + row % panel;
}

// Combine blocks of a matrix with `rank` columns: [ceil(rows / 64)][rank][64].
inline std::size_t BlockSize(std::size_t rows, std::size_t rank) { return RoundUp(rows, kCombineBlock) * rank; }
inline std::size_t BlockIndex(std::size_t row, std::size_t k, std::size_t rank) {
  return (row / kCombineBlock) * kCombineBlock * rank + k * kCombineBlock + row % kCombineBlock;
}

// The same for numbers of one byte, `group` k's side by side: [ceil(rows / 64)][rank / group][64][group].
inline std::size_t GroupedIndex(std::size_t row, std::size_t k, std::size_t rank, std::size_t group) {
  return (row / kCombineBlock) * kCombineBlock * rank + (k / group) * kCombineBlock * group + row % kCombineBlock * group + k % group;
}

// prototypes [C_out, P] -> panels of C_out rows, depth P.
void PackPrototypes(const float* prototypes, const BridgeShape& shape, std::size_t panel, float* panels);

// Column k of B [P * T, r] -> panels of T rows, depth P: the w that h = e_k gives.
void PackExpandColumn(const float* b, const BridgeShape& shape, std::size_t k, std::size_t panel, float* panels);

// B [P * T, r] -> combine blocks whose rows follow the panels of w, so that expanding writes w where the tiles read it.
void PackExpand(const float* b, const BridgeShape& shape, std::size_t panel, float* blocks);

}  // namespace biox
