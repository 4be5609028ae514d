import { createRequire } from "node:module";
import { BioxError, show } from "../errors.js";
import { BUILD_HINT, nativeFiles } from "../native-files.js";

/** Names of the compiled targets, as in `BIOX_SIMD`. */
export type SimdTarget = "scalar" | "avx2" | "avx512" | "neon" | "neon-dotprod";

interface Cost {
  /** Bytes of weights and scratch that one window touches. */
  bytes: number;
  multiplyAdds: number;
}

/** What the addon says about a bridge. */
export interface NativeBridgeInfo {
  plan: "factored" | "folded";
  weightBytes: number;
  factored: Cost;
  folded: Cost;
}

/** native/bridge_object.cc; nothing is checked there. */
export interface NativeBridge {
  run(features: Float32Array, out: Float32Array, windows: number, time: number): void;
  pool(features: Float32Array, pooled: Float32Array, windows: number, time: number): void;
  project(pooled: Float32Array, hidden: Float32Array, windows: number): void;
  expandMix(hidden: Float32Array, out: Float32Array, windows: number): void;
  info(): NativeBridgeInfo;
}

/** native/probe_object.cc */
export interface NativeProbe {
  run(pooled: Float32Array, logits: Float32Array, windows: number): void;
}

/** native/bridge_gradient_object.cc */
export interface NativeBridgeGradient {
  forward(
    A: Float32Array,
    B: Float32Array,
    prototypes: Float32Array,
    x: Float32Array,
    windows: number,
    out: Float32Array,
  ): void;
  backward(
    A: Float32Array,
    B: Float32Array,
    prototypes: Float32Array,
    x: Float32Array,
    dOut: Float32Array,
    windows: number,
    dA: Float32Array,
    dB: Float32Array,
    dPrototypes: Float32Array,
  ): void;
}

/** native/addon.cc */
export interface Addon {
  interfaceVersion: number;
  targets: SimdTarget[];
  Bridge: new (
    A: Float32Array,
    B: Float32Array,
    prototypes: Float32Array,
    channelsIn: number,
    rank: number,
    prototypeCount: number,
    tokens: number,
    width: number,
    layout: number,
    order: number,
    plan: number,
    target: SimdTarget,
    precision: number,
    batch: number,
    l2: number,
    l3: number,
  ) => NativeBridge;
  Probe: new (
    weight: Float32Array,
    bias: Float32Array,
    classes: number,
    features: number,
    target: SimdTarget,
  ) => NativeProbe;
  BridgeGradient: new (
    channelsIn: number,
    rank: number,
    prototypes: number,
    tokens: number,
    width: number,
    order: number,
    windows: number,
    target: SimdTarget,
  ) => NativeBridgeGradient;
  poolMean(
    features: Float32Array,
    pooled: Float32Array,
    windows: number,
    time: number,
    channels: number,
    layout: number,
    target: SimdTarget,
  ): void;
  /** native/gram.h; `scratch` holds gramRows * (p + q) numbers. */
  gram(
    x: Float32Array,
    p: number,
    y: Float32Array,
    q: number,
    rows: number,
    meanX: Float64Array,
    meanY: Float64Array,
    out: Float64Array,
    scratch: Float64Array,
    target: SimdTarget,
  ): void;
  gramRows: number;
  /** Reads `floats` of `memory`, from its first cache line on, `repeats` times. */
  read(memory: Float32Array, floats: number, repeats: number, target: SimdTarget): number;
  /** Does `steps` rounds of multiply-adds that touch no memory, and returns how many those were. */
  multiplyAdds(seed: Float32Array, steps: number, target: SimdTarget): number;
  softmax(logits: Float32Array, probs: Float32Array, rows: number, classes: number): void;
}

/** The kInterfaceVersion of native/addon.cc that this file was written for. */
const INTERFACE_VERSION = 5;

/** Alpine and other musl systems need a build of their own: what came with the package is for glibc, whose version Node tells. */
function isMusl(): boolean {
  if (process.platform !== "linux") return false;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}

/** Paths at which the addon may be, best first. */
export function addonCandidates(env: NodeJS.ProcessEnv = process.env): string[] {
  if (env.BIOX_ADDON) return [env.BIOX_ADDON];
  const [built, prebuilt] = nativeFiles("biox_bridge.node");
  return isMusl() ? [built] : [built, prebuilt];
}

/**
 * Loads the first candidate that works.
 *
 * @throws BioxError ADDON_NOT_FOUND with each candidate and the reason why it did not load.
 */
export function loadAddon(candidates: readonly string[] = addonCandidates()): Addon {
  const require = createRequire(import.meta.url);
  const reasons: string[] = [];
  for (const candidate of candidates) {
    try {
      const addon = require(candidate) as Addon;
      if (addon.interfaceVersion === INTERFACE_VERSION) return addon;
      reasons.push(
        `${candidate}: is of interface version ${show(addon.interfaceVersion)}, this release needs ${INTERFACE_VERSION}`,
      );
    } catch (error) {
      // The rest of the message is Node's list of the files that asked for it.
      reasons.push(`${candidate}: ${String((error as Error)?.message ?? error).split("\n")[0]}`);
    }
  }
  throw new BioxError(
    "ADDON_NOT_FOUND",
    `The native addon could not be loaded for ${process.platform}-${process.arch}. Tried ${reasons.join("; ")}.`,
    `${BUILD_HINT} Or point BIOX_ADDON at a biox_bridge.node that was built elsewhere.`,
  );
}

let loaded: Addon | undefined;

/** The addon, loaded at first use so that commands which need no bridge work without it. */
export function addon(): Addon {
  loaded ??= loadAddon();
  return loaded;
}
