import { invalidArgument } from "../errors.js";
import { CausalFilters } from "./causal-filters.js";
import { type Chain, planChain } from "./chain.js";
import { LiveStream } from "./live.js";
import { parseSteps } from "./parse.js";
import { checkShape, checkSignal } from "./signal.js";
import { shapeOf } from "./step.js";
import type { Step } from "./steps/index.js";
import type { LivePreparation, Preparation, PreparedArray, SignalShape } from "./types.js";
import { WindowRunner } from "./window-runner.js";

/**
 * Fits a list of steps to a raw window and allocates all it needs; from then on nothing is allocated for a window.
 *
 * Steps work on each window alone, without state, except filters with `mode: "causal"`. Those come first in the list
 * and run once over the continuous stream, so that live windows equal windows cut from a filtered recording.
 * A preparation and its live streams share scratch memory: use them from one thread.
 *
 * @throws BioxError PREPARE_INVALID where a step cannot work at its place: an edge at or above half the rate, a window
 *   too short for the padding of a zero-phase filter, a causal step after a window step, an unstable design, patches
 *   that leave a rest. INVALID_ARGUMENT for an impossible `input`.
 */
export function compilePreparation(steps: readonly Step[], input: SignalShape): Preparation {
  checkShape(input);
  const { channels, samples, rate } = input;
  return new CompiledPreparation({ channels, samples, rate }, planChain(parseSteps(steps), input));
}

class CompiledPreparation implements Preparation {
  readonly output: Preparation["output"];
  readonly #runner: WindowRunner;
  readonly #filters: CausalFilters;

  constructor(
    readonly input: SignalShape,
    private readonly chain: Chain,
  ) {
    this.output = { dtype: chain.output.dtype, shape: shapeOf(chain.output) };
    this.#runner = new WindowRunner(chain, input);
    this.#filters = new CausalFilters(chain.filters, input.channels);
  }

  describe(): string[] {
    return [...this.chain.lines];
  }

  createOutput(): PreparedArray {
    return this.#runner.createOutput();
  }

  prepareWindow(signal: readonly Float64Array[], out: PreparedArray): void {
    const { channels, samples } = this.input;
    checkSignal(signal, channels, samples);
    for (let channel = 0; channel < channels; channel++)
      if (signal[channel]!.length !== samples)
        throw invalidArgument(`signal[${channel}]`, `a Float64Array of ${samples} samples`, signal[channel]);
    this.#runner.checkOutput(out);
    const window = this.#runner.window;
    this.#filters.reset();
    for (let channel = 0; channel < channels; channel++)
      this.#filters.run(channel, signal[channel]!, 0, window, channel * samples, samples);
    this.#runner.run(out);
  }

  createLive(): LivePreparation {
    return new LiveStream(this.input, this.chain.filters, this.#runner);
  }
}
