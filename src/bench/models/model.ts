import type { Net } from "./net.js";

/**
 * A published model as a stem and a chain of blocks, which can be cut between any two.
 *
 * Sizes and operators are those of the published code; weights are random, on which latency does not depend.
 */
export interface BlockModel {
  readonly name: string;
  /** Number of blocks, counted from 0. */
  readonly blocks: number;
  /** Of every block's output: NTC is [batch, time, channels], NCT is [batch, channels, time]. */
  readonly layout: "NTC" | "NCT";
  /** Shape of the prepared window that the stem takes, batch included; float32. */
  readonly input: readonly number[];
  /** Parameters of the published model that lie in no block and not in the stem: task heads, last norms, decoders. */
  readonly otherParameters: number;
  /** Shape of the output of a block, or of the stem for -1; what block `index + 1` takes. */
  shape(index: number): readonly number[];
  /** Window -> input of block 0. Returns the value's name. */
  stem(net: Net, window: string): string;
  /** Input of block `index` -> its output. */
  block(net: Net, index: number, x: string): string;
}
