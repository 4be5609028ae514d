import { numberedBlocks, type Station } from "./families.js";
import { repeatedBlocks } from "./repeats.js";

/**
 * Which cuts are the borders of a model's repeated blocks: `k` for the tensor that block `k` takes, the number of blocks
 * for what comes out of the last one. Blocks between which more than one tensor passes have no border.
 *
 * @param cuts positions of the cuts, ascending
 * @returns by position of the cut
 */
export function blockBorders(stations: readonly Station[], cuts: readonly number[]): Map<number, number> {
  const blocks = numberedBlocks(stations) ?? repeatedBlocks(stations, cuts) ?? [];
  const borders = new Map<number, number>();
  for (let k = 0; k <= blocks.length && blocks.length > 1; k++) {
    const after = blocks[k - 1]?.last ?? -1;
    const before = blocks[k]?.first ?? Number.POSITIVE_INFINITY;
    // Between two blocks the first that fits: what stands there belongs to neither. Before the first block the last one.
    const fits = (cut: number): boolean => cut > after && cut < before;
    const border = k === 0 ? cuts.findLast(fits) : cuts.find(fits);
    if (border !== undefined) borders.set(border, k);
  }
  return borders;
}
