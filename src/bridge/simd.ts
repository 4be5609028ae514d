import { BioxError, show } from "../errors.js";
import { addon, type SimdTarget } from "./addon.js";

/**
 * The target of that name, where it can run here.
 *
 * @throws BioxError INVALID_ARGUMENT that lists the available ones.
 */
export function requireTarget(name: string, wanted: string, available: readonly SimdTarget[]): SimdTarget {
  const found = available.find((target) => target === wanted);
  if (found !== undefined) return found;
  throw new BioxError(
    "INVALID_ARGUMENT",
    `Expected ${name} to be one of the targets available here (${available.join(", ")}), but received ${show(wanted)}.`,
    `Unset ${name} to use the fastest one, ${show(available[0])}.`,
  );
}

let active: SimdTarget | undefined;

/** The target that is used where none is asked for: `BIOX_SIMD`, else the fastest. Chosen once. */
export function activeTarget(): SimdTarget {
  if (active === undefined) {
    const { targets } = addon();
    const forced = process.env.BIOX_SIMD;
    active = forced ? requireTarget("BIOX_SIMD", forced, targets) : targets[0]!;
  }
  return active;
}

/**
 * Which compiled kernels this process uses and which it could: `{ active: "avx2", available: ["avx2", "scalar"] }`.
 *
 * The environment variable `BIOX_SIMD` (`scalar`, `avx2`, `avx512`, `neon` or `neon-dotprod`) forces one; it is read once, at the first use.
 */
export function simd(): { active: SimdTarget; available: SimdTarget[] } {
  return { active: activeTarget(), available: [...addon().targets] };
}
