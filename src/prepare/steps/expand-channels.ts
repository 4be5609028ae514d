import { type StepDefinition, valuesIn } from "../step.js";

/**
 * Raises the number of channels to `to`, for a model that expects more than the wearable has: the added ones are zeros
 * (`fill: "zero"`, default) or the given ones over again (`fill: "repeat"`).
 */
export interface ExpandChannelsStep {
  readonly step: "expand-channels";
  readonly to: number;
  readonly fill: "zero" | "repeat";
}

export const expandChannels: StepDefinition<ExpandChannelsStep> = {
  step: "expand-channels",
  read: (parameters) => ({
    step: "expand-channels",
    to: parameters.integer("to", { atLeast: 1 }),
    fill: parameters.choice("fill", ["zero", "repeat"], "zero"),
  }),
  plan({ to, fill }, input, place) {
    if (to < input.channels) throw place.invalid("to", `at least the ${input.channels} channels there are`, to);
    const output = { ...input, channels: to };
    return {
      output,
      line: `expand-channels from ${input.channels} to ${to}, fill ${fill}`,
      build() {
        const given = valuesIn(input);
        const wanted = valuesIn(output);
        return (x, y) => {
          for (let i = 0; i < given; i++) y[i] = x[i]!;
          // Copying from `given` values behind repeats the channels in their order.
          for (let i = given; i < wanted; i++) y[i] = fill === "repeat" ? y[i - given]! : 0;
        };
      },
    };
  },
};
