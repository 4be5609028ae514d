import type { Preparation, PreparedArray } from "../prepare/index.js";
import { type Answerer, factsOf } from "./answerer.js";
import type { CutWindow, WindowArray, WindowKind } from "./cut-window.js";
import type { Taken, Wearer } from "./wearer.js";

/** Hands windows out in place of running a model. Each is prepared in an array of its own, since it leaves the thread. */
export class WindowCutter implements Answerer {
  readonly batch = 1;
  private window: PreparedArray = new Float32Array();

  constructor(private readonly kind: WindowKind) {}

  inputOf(_lane: number, wearer: Wearer): PreparedArray {
    this.window = wearer.preparation.createOutput();
    return this.window;
  }

  async runBatch(): Promise<void> {}

  answer(wearer: Wearer, taken: Taken): CutWindow {
    return {
      type: "window",
      facts: factsOf(wearer, taken),
      received: taken.received,
      prepareMs: taken.prepareMs,
      array: packWindow(this.kind, wearer.rate, wearer.preparation.output, this.window),
    };
  }
}

function packWindow(kind: WindowKind, rate: number, output: Preparation["output"], window: PreparedArray): WindowArray {
  const shorter = kind === "raw" && window instanceof Float64Array ? halved(window) : undefined;
  const { buffer, byteOffset, byteLength } = shorter ?? window;
  return {
    kind,
    dtype: shorter ? "float32" : output.dtype,
    shape: output.shape,
    rate,
    bytes: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength),
  };
}

/** Samples as float32 where that loses nothing, as with those of converters up to 24 bits; undefined elsewhere. */
function halved(window: Float64Array): Float32Array | undefined {
  const shorter = Float32Array.from(window);
  return window.every((value, i) => value === shorter[i]) ? shorter : undefined;
}
