#include "pack.h"

namespace biox {

void PackPrototypes(const float* prototypes, const BridgeShape& shape, std::size_t panel, float* panels) {
  for (std::size_t c = 0; c < shape.width; ++c) {
    for (std::size_t p = 0; p < shape.prototypes; ++p) {
      panels[PanelIndex(c, p, shape.prototypes, panel)] = prototypes[c * shape.prototypes + p];
    }
  }
}

void PackExpandColumn(const float* b, const BridgeShape& shape, std::size_t k, std::size_t panel, float* panels) {
  for (std::size_t p = 0; p < shape.prototypes; ++p) {
    for (std::size_t t = 0; t < shape.tokens; ++t) {
      panels[PanelIndex(t, p, shape.prototypes, panel)] = b[(p * shape.tokens + t) * shape.rank + k];
    }
  }
}

void PackExpand(const float* b, const BridgeShape& shape, std::size_t panel, float* blocks) {
  for (std::size_t p = 0; p < shape.prototypes; ++p) {
    for (std::size_t t = 0; t < shape.tokens; ++t) {
      const std::size_t row = PanelIndex(t, p, shape.prototypes, panel);
      const float* source = b + (p * shape.tokens + t) * shape.rank;
      for (std::size_t k = 0; k < shape.rank; ++k) blocks[BlockIndex(row, k, shape.rank)] = source[k];
    }
  }
}

}  // namespace biox
