import type { BridgeShape, FeatureLayout, Precision, TargetLayout } from "../bridge/index.js";

/** One bridge between two models as a kernel sees it: sizes, layouts, and T_in of the features it pools. */
export interface KernelRoute {
  readonly name: string;
  readonly shape: BridgeShape;
  /** T_in: steps of time or tokens in the lower half's output. */
  readonly time: number;
  readonly featureLayout: FeatureLayout;
  readonly targetLayout: TargetLayout;
}

const route = (
  name: string,
  [channelsIn, time, featureLayout]: [number, number, FeatureLayout],
  [width, tokens, targetLayout]: [number, number, TargetLayout],
  [rank, prototypes]: [number, number],
): KernelRoute => ({
  name,
  shape: { channelsIn, rank, prototypes, tokens, width },
  time,
  featureLayout,
  targetLayout,
});

/**
 * The five bridges that the method's authors trained (arXiv 2510.02276 and its code). Lower halves end at: PaPaGei-S block 4,
 * HuBERT-ECG small layer 7 (twice), NormWear block 3, LaBraM-base block 6.
 */
export const ROUTES: readonly KernelRoute[] = [
  route("wesad-ecg2ppg", [64, 1875, "NCT"], [512, 93, "tokens-first"], [8, 150]),
  route("wesad-ppg2ecg", [512, 93, "NTC"], [128, 235, "channels-first"], [32, 50]),
  route("isruc-eeg2ecg", [512, 93, "NTC"], [200, 181, "raw"], [32, 300]),
  route("fog-eeg2emg", [768, 3 * 560, "NTC"], [200, 19, "raw"], [256, 200]),
  route("fog-emg2eeg", [200, 19, "NTC"], [768, 3 * 560, "tokens-first"], [8, 50]),
];

/** Sizes of everything that a route's kernels touch, in numbers, and their work in multiply-adds after pooling. */
export function routeSizes({ shape, time }: KernelRoute) {
  const { channelsIn, rank, prototypes, tokens, width } = shape;
  const features = channelsIn * time;
  const out = tokens * width;
  const project = rank * channelsIn;
  const expand = prototypes * tokens * rank;
  return {
    features,
    out,
    weights: { factored: project + expand + width * prototypes, folded: project + rank * out },
    multiplyAdds: { factored: project + expand + out * prototypes, folded: project + rank * out },
  };
}

/** Bytes that must be read and multiply-adds that must be done in one step of a plan. */
export interface StepWork {
  bytes: number;
  multiplyAdds: number;
}

/**
 * The steps of a plan for `batch` windows in one run, each of which needs all of the one before it: pool, project, then expand and mix, or
 * combine. Weights are counted once a run. The output is counted with the last step: writing a byte takes no less than reading one.
 */
export function planSteps(
  route: KernelRoute,
  plan: "factored" | "folded",
  precision: Precision,
  batch = 1,
): [pool: StepWork, ...rest: StepWork[]] {
  const { channelsIn, rank, prototypes, tokens, width } = route.shape;
  const size = { float32: 4, float16: 2, int8: 1 }[precision];
  const stored = (count: number): StepWork => ({ bytes: size * count, multiplyAdds: batch * count });
  const pool = { bytes: 4 * channelsIn * route.time * batch, multiplyAdds: 0 };
  const project = stored(rank * channelsIn);
  const out = 4 * width * tokens * batch;
  if (plan === "folded") {
    const combine = stored(rank * width * tokens);
    return [pool, project, { ...combine, bytes: combine.bytes + out }];
  }
  const mix = { bytes: 4 * width * prototypes + out, multiplyAdds: width * prototypes * tokens * batch };
  return [pool, project, stored(prototypes * tokens * rank), mix];
}
