import type { StepDefinition } from "../step.js";

/**
 * Cuts each channel into patches of `samples` values, one every `stride` (default: `samples`, no overlap):
 * [channels, samples] becomes [channels, patches, samples]. The patches must use up the window exactly.
 */
export interface PatchStep {
  readonly step: "patch";
  readonly samples: number;
  readonly stride: number;
}

export const patch: StepDefinition<PatchStep> = {
  step: "patch",
  read(parameters) {
    const samples = parameters.integer("samples", { atLeast: 1 });
    return { step: "patch", samples, stride: parameters.integer("stride", { atLeast: 1, atMost: samples }, samples) };
  },
  plan({ samples, stride }, input, place) {
    const rest = input.samples - samples;
    if (rest < 0 || rest % stride !== 0)
      throw place.infeasible(
        `cannot cut ${input.samples} samples into patches of ${samples} every ${stride} without a rest`,
        "Resample first, or change the window length.",
      );
    const patches = rest / stride + 1;
    return {
      output: { ...input, patches, samples },
      line: `patch of ${samples} samples every ${stride}`,
      build: () => (x, y) => {
        let to = 0;
        for (let channel = 0; channel < input.channels; channel++) {
          for (let p = 0; p < patches; p++) {
            const from = channel * input.samples + p * stride;
            for (let i = 0; i < samples; i++) y[to++] = x[from + i]!;
          }
        }
      },
    };
  },
};
