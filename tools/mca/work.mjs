// How often one window of a route runs each kernel's loop: multiply-adds, or additions, with the padding that native/pack.h adds.

const BLOCK = 64; // kCombineBlock of native/kernels/kernels.h
const TILE_ROWS = 6; // kTileRows and kTileColumns of native/kernels/neon.cc
const TILE_COLUMNS = 16;

const roundUp = (n, step) => Math.ceil(n / step) * step;

/** Work of one window by kernel, for a plan: `{"column sums", "row sum", dot, combine, tile}`; a kernel that is not used is left out. */
export function windowWork({ shape, time, featureLayout, targetLayout }, plan) {
  const { channelsIn, rank, prototypes, tokens, width } = shape;
  const first = {
    [featureLayout === "NCT" ? "row sum" : "column sums"]: channelsIn * time,
    dot: rank * channelsIn,
  };
  if (plan === "folded") return { ...first, combine: roundUp(tokens * width, BLOCK) * rank };
  const [rows, columns] = targetLayout === "tokens-first" ? [tokens, width] : [width, tokens];
  const tokenPanel = targetLayout === "tokens-first" ? TILE_ROWS : TILE_COLUMNS;
  return {
    ...first,
    combine: roundUp(roundUp(tokens, tokenPanel) * prototypes, BLOCK) * rank,
    tile: roundUp(rows, TILE_ROWS) * roundUp(columns, TILE_COLUMNS) * prototypes,
  };
}
