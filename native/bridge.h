#pragma once

#include <cstddef>
#include <memory>

#include "aligned.h"
#include "block_weights.h"
#include "kernels/kernels.h"
#include "plan.h"
#include "pool.h"
#include "row_weights.h"

namespace biox {

struct BridgeWeights {
  const float* a;           // [r, C_in]
  const float* b;           // [P * T, r]
  const float* prototypes;  // [C_out, P]
};

// The bridge of one bundle, with its weights packed for one target. It trusts its caller: arguments are checked in TypeScript.
// Runs allocate nothing and use scratch that belongs to the object, so one object serves one thread at a time. Several windows read each
// weight from memory once for kMaxWindows of them, and each gets the same bits as alone.
class Bridge {
 public:
  // Packs the weights, which are not needed afterwards. nullptr when there is not enough memory.
  static std::unique_ptr<Bridge> Create(const KernelTable& kernels, const BridgeWeights& weights, const BridgeShape& shape,
                                        FeatureLayout layout, TargetOrder order, Plan plan,
                                        Precision precision);

  // features [windows, time, C_in] or [windows, C_in, time] -> out [windows, T, C_out] or [windows, C_out, T].
  void Run(const float* features, std::size_t time, std::size_t windows, float* out);
  // features -> pooled [windows, C_in].
  void Pool(const float* features, std::size_t time, std::size_t windows, float* pooled) const;
  // pooled [windows, C_in] -> hidden [windows, r].
  void Project(const float* pooled, std::size_t windows, float* hidden) const;
  // hidden [windows, r] -> out.
  void ExpandMix(const float* hidden, std::size_t windows, float* out);

  const BridgeShape& shape() const { return shape_; }
  Plan plan() const { return plan_; }
  Precision precision() const { return precision_; }
  // Bytes of packed weights, padding included.
  std::size_t weight_bytes() const;

 private:
  Bridge(const KernelTable& kernels, const BridgeShape& shape, FeatureLayout layout, TargetOrder order, Plan plan,
         Precision precision);

  bool PackFactored(const BridgeWeights& weights);
  bool PackFolded(const BridgeWeights& weights);
  bool AllocateScratch();
  // w [windows][w_size()] in panels -> out [windows][outputs()].
  void Mix(const float* w, std::size_t windows, float* out) const;
  void MixColumn(const float* w, const float* column_panel, std::size_t column, float* out) const;

  std::size_t outputs() const { return shape_.tokens * shape_.width; }
  // Floats of w in panels, in whole combine blocks: so expanding has no tail to cut off.
  std::size_t w_size() const;
  // Tokens in one panel of w: the rows of a tile when tokens are the output's rows, else its columns.
  std::size_t token_panel() const {
    return order_ == TargetOrder::kTokensFirst ? kernels_.tile_rows : kernels_.tile_columns;
  }
  std::size_t width_panel() const {
    return order_ == TargetOrder::kTokensFirst ? kernels_.tile_columns : kernels_.tile_rows;
  }

  const KernelTable& kernels_;
  const BridgeShape shape_;
  const FeatureLayout layout_;
  const TargetOrder order_;
  const Plan plan_;
  const Precision precision_;

  RowWeights a_;              // [r, C_in]
  BlockWeights blocks_;       // factored: B, its rows in the order of w's panels; folded: M_k in the order of the output
  AlignedFloats prototypes_;  // factored: prototypes in panels

  // Of kMaxWindows windows each.
  AlignedFloats pooled_;
  AlignedFloats hidden_;
  AlignedFloats w_;  // factored: w in panels, ready for the tiles
};

}  // namespace biox
