#include "bridge.h"

#include <cstring>
#include <new>

#include "pack.h"

namespace biox {

Bridge::Bridge(const KernelTable& kernels, const BridgeShape& shape, FeatureLayout layout, TargetOrder order, Plan plan,
               Precision precision)
    : kernels_(kernels), shape_(shape), layout_(layout), order_(order), plan_(plan), precision_(precision) {}

std::unique_ptr<Bridge> Bridge::Create(const KernelTable& kernels, const BridgeWeights& weights, const BridgeShape& shape,
                                       FeatureLayout layout, TargetOrder order, Plan plan, Precision precision) {
  std::unique_ptr<Bridge> bridge(new (std::nothrow) Bridge(kernels, shape, layout, order, plan, precision));
  if (bridge == nullptr || !bridge->AllocateScratch()) return nullptr;
  bridge->a_ = AlignedFloats(shape.rank * shape.channels_in);
  if (!bridge->a_.ok()) return nullptr;
  std::memcpy(bridge->a_.data(), weights.a, bridge->a_.bytes());
  const bool packed = plan == Plan::kFolded ? bridge->PackFolded(weights) : bridge->PackFactored(weights);
  if (!packed || (precision == Precision::kFloat16 && !bridge->Halve())) return nullptr;
  return bridge;
}

bool Bridge::AllocateScratch() {
  const std::size_t w_size = PanelSize(shape_.tokens, shape_.prototypes, token_panel());
  pooled_ = AlignedFloats(shape_.channels_in);
  hidden_ = AlignedFloats(shape_.rank);
  scaled_ = AlignedFloats(shape_.rank);
  w_ = AlignedFloats(RoundUp(w_size, kCombineBlock));
  return pooled_.ok() && hidden_.ok() && scaled_.ok() && w_.ok();
}

bool Bridge::PackFactored(const BridgeWeights& weights) {
  blocks_ = AlignedFloats(BlockSize(PanelSize(shape_.tokens, shape_.prototypes, token_panel()), shape_.rank));
  prototypes_ = AlignedFloats(PanelSize(shape_.width, shape_.prototypes, width_panel()));
  if (!blocks_.ok() || !prototypes_.ok()) return false;
  PackExpand(weights.b, shape_, token_panel(), blocks_.data());
  PackPrototypes(weights.prototypes, shape_, width_panel(), prototypes_.data());
  return true;
}

// M_k = prototypes * reshape(B[:, k], [P, T]) is what the factored mix gives for h = e_k, so the same tiles compute it.
bool Bridge::PackFolded(const BridgeWeights& weights) {
  prototypes_ = AlignedFloats(PanelSize(shape_.width, shape_.prototypes, width_panel()));
  blocks_ = AlignedFloats(BlockSize(outputs(), shape_.rank));
  AlignedFloats matrix(outputs());
  if (!prototypes_.ok() || !blocks_.ok() || !matrix.ok()) return false;
  PackPrototypes(weights.prototypes, shape_, width_panel(), prototypes_.data());
  for (std::size_t k = 0; k < shape_.rank; ++k) {
    PackExpandColumn(weights.b, shape_, k, token_panel(), w_.data());
    Mix(w_.data(), matrix.data());
    for (std::size_t i = 0; i < outputs(); ++i) blocks_.data()[BlockIndex(i, k, shape_.rank)] = matrix.data()[i];
  }
  prototypes_ = AlignedFloats();
  w_ = AlignedFloats();
  return true;
}

bool Bridge::Halve() {
  half_a_ = ScaledHalves(a_, shape_.rank, shape_.channels_in);
  half_blocks_ = ScaledHalves(blocks_, shape_.rank, kCombineBlock);
  a_ = AlignedFloats();
  blocks_ = AlignedFloats();
  return half_a_.ok() && half_blocks_.ok();
}

std::size_t Bridge::weight_bytes() const {
  return a_.bytes() + half_a_.bytes() + blocks_.bytes() + half_blocks_.bytes() + prototypes_.bytes();
}

void Bridge::Combine(const float* hidden, std::size_t rows, float* out) {
  if (precision_ == Precision::kFloat32) return kernels_.combine(blocks_.data(), hidden, shape_.rank, rows, out);
  for (std::size_t k = 0; k < shape_.rank; ++k) scaled_.data()[k] = hidden[k] * half_blocks_.unscale()[k];
  kernels_.combine_half(half_blocks_.data(), scaled_.data(), shape_.rank, rows, out);
}

// The panel of columns stays in the first-level cache while the rows' panels pass by.
void Bridge::Mix(const float* w_panels, float* out) const {
  const bool tokens_first = order_ == TargetOrder::kTokensFirst;
  const std::size_t rows = tokens_first ? shape_.tokens : shape_.width;
  const std::size_t columns = tokens_first ? shape_.width : shape_.tokens;
  const float* row_panels = tokens_first ? w_panels : prototypes_.data();
  const float* column_panels = tokens_first ? prototypes_.data() : w_panels;
  const std::size_t depth = shape_.prototypes;
  const std::size_t tile_rows = kernels_.tile_rows;
  const std::size_t tile_columns = kernels_.tile_columns;

  for (std::size_t j = 0; j < columns; j += tile_columns) {
    const float* column_panel = column_panels + j * depth;
    const std::size_t width = columns - j < tile_columns ? columns - j : tile_columns;
    for (std::size_t i = 0; i < rows; i += tile_rows) {
      const float* row_panel = row_panels + i * depth;
      const std::size_t height = rows - i < tile_rows ? rows - i : tile_rows;
      float* target = out + i * columns + j;
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
}

void Bridge::Pool(const float* features, std::size_t time, std::size_t windows, float* pooled) const {
  const std::size_t channels = shape_.channels_in;
  for (std::size_t n = 0; n < windows; ++n, features += time * channels, pooled += channels) {
    PoolMean(kernels_, features, time, channels, layout_, pooled);
  }
}

void Bridge::Project(const float* pooled, std::size_t windows, float* hidden) const {
  const std::size_t channels = shape_.channels_in;
  for (std::size_t n = 0; n < windows; ++n, pooled += channels, hidden += shape_.rank) {
    for (std::size_t k = 0; k < shape_.rank; ++k) {
      hidden[k] = precision_ == Precision::kFloat32
                      ? kernels_.dot(a_.data() + k * channels, pooled, channels)
                      : kernels_.dot_half(half_a_.data() + k * channels, pooled, channels) * half_a_.unscale()[k];
    }
  }
}

void Bridge::ExpandMix(const float* hidden, std::size_t windows, float* out) {
  for (std::size_t n = 0; n < windows; ++n, hidden += shape_.rank, out += outputs()) {
    if (plan_ == Plan::kFolded) {
      Combine(hidden, outputs(), out);
    } else {
      // Whole blocks: the scratch is as long, so no tail has to be cut off.
      const std::size_t w_rows = RoundUp(PanelSize(shape_.tokens, shape_.prototypes, token_panel()), kCombineBlock);
      Combine(hidden, w_rows, w_.data());
      Mix(w_.data(), out);
    }
  }
}

void Bridge::Run(const float* features, std::size_t time, std::size_t windows, float* out) {
  for (std::size_t n = 0; n < windows; ++n, features += time * shape_.channels_in, out += outputs()) {
    PoolMean(kernels_, features, time, shape_.channels_in, layout_, pooled_.data());
    Project(pooled_.data(), 1, hidden_.data());
    ExpandMix(hidden_.data(), 1, out);
  }
}

}  // namespace biox
