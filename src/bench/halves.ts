import type { Bundle } from "../bundle/index.js";
import { Half } from "../engine/half.js";
import { fillUniform } from "./models/random.js";

/**
 * Loads the same half of several bundles, and releases them when `use` is done.
 *
 * @throws BioxError BUNDLE_INVALID, BUNDLE_SHAPE when one cannot be loaded
 */
export async function withHalves<T>(
  role: "lower" | "upper",
  bundles: readonly Bundle[],
  threads: number,
  use: (halves: readonly Half[]) => Promise<T>,
): Promise<T> {
  const halves: Half[] = [];
  try {
    for (const bundle of bundles) {
      const { [role]: half, bridge } = bundle.manifest;
      const input = role === "lower" ? bundle.prepared : { dtype: "float32" as const, shape: bridge.target.shape };
      halves.push(await Half.create(bundle[role], { role, ...half, ...input }, threads));
    }
    return await use(halves);
  } finally {
    for (const half of halves) await half.release();
  }
}

/**
 * Gives a half an input of noise from -1 to 1, the same for the same seed. Zeros would not do: they are rounded to int8 in a
 * way of their own. Whole numbers stay 0, a token that every vocabulary has.
 */
export function fillNoise(half: Half, seed: number): void {
  const values = half.input.of(0);
  if (values instanceof Float32Array) fillUniform(values, seed, 1);
}
