#include "bridge.h"

#include <cstring>
#include <new>
#include <utility>

#include "pack.h"

namespace biox {

Bridge::Bridge(const KernelTable& kernels, const BridgeShape& shape, FeatureLayout layout, TargetOrder order, Plan plan,
               Precision precision)
    : kernels_(kernels), shape_(shape), layout_(layout), order_(order), plan_(plan), precision_(precision) {}

std::unique_ptr<Bridge> Bridge::Create(const KernelTable& kernels, const BridgeWeights& weights, const BridgeShape& shape,
                                       FeatureLayout layout, TargetOrder order, Plan plan, Precision precision) {
  std::unique_ptr<Bridge> bridge(new (std::nothrow) Bridge(kernels, shape, layout, order, plan, precision));
  if (bridge == nullptr || !bridge->AllocateScratch()) return nullptr;
  bridge->a_ = RowWeights(weights.a, shape.rank, shape.channels_in, precision);
  if (!bridge->a_.ok()) return nullptr;
  const bool packed = plan == Plan::kFolded ? bridge->PackFolded(weights) : bridge->PackFactored(weights);
  return packed ? std::move(bridge) : nullptr;
}

std::size_t Bridge::w_size() const {
  return RoundUp(PanelSize(shape_.tokens, shape_.prototypes, token_panel()), kCombineBlock);
}

bool Bridge::AllocateScratch() {
  pooled_ = AlignedFloats(kMaxWindows * shape_.channels_in);
  hidden_ = AlignedFloats(kMaxWindows * shape_.rank);
  if (!pooled_.ok() || !hidden_.ok()) return false;
  if (plan_ == Plan::kFolded) return true;
  w_ = AlignedFloats(kMaxWindows * w_size());
  return w_.ok();
}

bool Bridge::PackFactored(const BridgeWeights& weights) {
  AlignedFloats blocks(BlockSize(PanelSize(shape_.tokens, shape_.prototypes, token_panel()), shape_.rank));
  prototypes_ = AlignedFloats(PanelSize(shape_.width, shape_.prototypes, width_panel()));
  if (!blocks.ok() || !prototypes_.ok()) return false;
  PackExpand(weights.b, shape_, token_panel(), blocks.data());
  PackPrototypes(weights.prototypes, shape_, width_panel(), prototypes_.data());
  blocks_ = BlockWeights(kernels_, std::move(blocks), shape_.rank, precision_);
  return blocks_.ok();
}

// M_k = prototypes * reshape(B[:, k], [P, T]) is what the factored mix gives for h = e_k, so the same tiles compute it.
bool Bridge::PackFolded(const BridgeWeights& weights) {
  prototypes_ = AlignedFloats(PanelSize(shape_.width, shape_.prototypes, width_panel()));
  AlignedFloats blocks(BlockSize(outputs(), shape_.rank));
  AlignedFloats matrix(outputs());
  AlignedFloats w(w_size());
  if (!prototypes_.ok() || !blocks.ok() || !matrix.ok() || !w.ok()) return false;
  PackPrototypes(weights.prototypes, shape_, width_panel(), prototypes_.data());
  for (std::size_t k = 0; k < shape_.rank; ++k) {
    PackExpandColumn(weights.b, shape_, k, token_panel(), w.data());
    Mix(w.data(), 1, matrix.data());
    for (std::size_t i = 0; i < outputs(); ++i) blocks.data()[BlockIndex(i, k, shape_.rank)] = matrix.data()[i];
  }
  prototypes_ = AlignedFloats();
  blocks_ = BlockWeights(kernels_, std::move(blocks), shape_.rank, precision_);
  return blocks_.ok();
}

std::size_t Bridge::weight_bytes() const { return a_.bytes() + blocks_.bytes() + prototypes_.bytes(); }

// One panel of columns against all panels of rows. The panel of columns stays in the first-level cache.
void Bridge::MixColumn(const float* row_panels, const float* column_panel, std::size_t column, float* out) const {
  const bool tokens_first = order_ == TargetOrder::kTokensFirst;
  const std::size_t rows = tokens_first ? shape_.tokens : shape_.width;
  const std::size_t columns = tokens_first ? shape_.width : shape_.tokens;
  const std::size_t depth = shape_.prototypes;
  const std::size_t tile_rows = kernels_.tile_rows;
  const std::size_t tile_columns = kernels_.tile_columns;
  const std::size_t width = columns - column < tile_columns ? columns - column : tile_columns;
  for (std::size_t i = 0; i < rows; i += tile_rows) {
    const float* row_panel = row_panels + i * depth;
    const std::size_t height = rows - i < tile_rows ? rows - i : tile_rows;
    float* target = out + i * columns + column;
    if (height == tile_rows && width == tile_columns) {
      kernels_.tile(row_panel, column_panel, depth, target, columns);
      continue;
    }
    float edge[kMaxTile];
    kernels_.tile(row_panel, column_panel, depth, edge, tile_columns);
    for (std::size_t r = 0; r < height; ++r) {
      std::memcpy(target + r * columns, edge + r * tile_columns, width * sizeof(float));
    }
  }
}

// Prototypes are common to all windows: as columns a panel of them meets every window's rows while it is in the first-level cache, as
// rows they stay in the second-level one.
void Bridge::Mix(const float* w, std::size_t windows, float* out) const {
  const bool tokens_first = order_ == TargetOrder::kTokensFirst;
  const std::size_t columns = tokens_first ? shape_.width : shape_.tokens;
  for (std::size_t j = 0; j < columns; j += kernels_.tile_columns) {
    const std::size_t panel = j * shape_.prototypes;
    for (std::size_t n = 0; n < windows; ++n) {
      const float* own = w + n * w_size();
      float* target = out + n * outputs();
      if (tokens_first) {
        MixColumn(own, prototypes_.data() + panel, j, target);
      } else {
        MixColumn(prototypes_.data(), own + panel, j, target);
      }
    }
  }
}

void Bridge::Pool(const float* features, std::size_t time, std::size_t windows, float* pooled) const {
  const std::size_t channels = shape_.channels_in;
  for (std::size_t n = 0; n < windows; ++n, features += time * channels, pooled += channels) {
    PoolMean(kernels_, features, time, channels, layout_, pooled);
  }
}

void Bridge::Project(const float* pooled, std::size_t windows, float* hidden) const {
  for (std::size_t n = 0; n < windows; n += kMaxWindows) {
    const std::size_t count = windows - n < kMaxWindows ? windows - n : kMaxWindows;
    a_.Apply(kernels_, pooled + n * shape_.channels_in, count, hidden + n * shape_.rank);
  }
}

void Bridge::ExpandMix(const float* hidden, std::size_t windows, float* out) {
  for (std::size_t n = 0; n < windows; n += kMaxWindows, hidden += kMaxWindows * shape_.rank, out += kMaxWindows * outputs()) {
    const std::size_t count = windows - n < kMaxWindows ? windows - n : kMaxWindows;
    if (plan_ == Plan::kFolded) {
      blocks_.Apply(kernels_, hidden, count, outputs(), out, outputs());
    } else {
      blocks_.Apply(kernels_, hidden, count, w_size(), w_.data(), w_size());
      Mix(w_.data(), count, out);
    }
  }
}

void Bridge::Run(const float* features, std::size_t time, std::size_t windows, float* out) {
  const std::size_t channels = shape_.channels_in;
  for (std::size_t n = 0; n < windows; n += kMaxWindows) {
    const std::size_t count = windows - n < kMaxWindows ? windows - n : kMaxWindows;
    Pool(features + n * time * channels, time, count, pooled_.data());
    Project(pooled_.data(), count, hidden_.data());
    ExpandMix(hidden_.data(), count, out + n * outputs());
  }
}

}  // namespace biox
