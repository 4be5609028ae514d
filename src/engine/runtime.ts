import type { InferenceSession } from "onnxruntime-node";

/**
 * How every session here is made, whether it predicts or builds a bridge: the same kernels, so the same numbers.
 *
 * @param threads within an operator; operators run one after another
 */
export function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    extra: {
      // ONNX Runtime 1.30 puts SkipLayerNormalization in place of Add and LayerNormalization. Its kernel takes several times
      // as long as those two (200 us against 22 us for 93 x 512 on x86), and takes the variance from sums of squares, which
      // loses digits.
      optimization: { disable_specified_optimizers: "SkipLayerNormFusion" },
    },
    // One block for all activations of a run is what the pattern plans; it is larger than what they need one after another
    // (150 MB of 700 where they are large), and no faster.
    enableMemPattern: false,
    // Below error level ONNX Runtime writes to stderr by itself, in the middle of the live view.
    logSeverityLevel: 3,
  };
}

/** What ONNX Runtime says of a failure, without the rest of its report. */
export function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split("\n")[0] ?? "").trim().replace(/[.\s]+$/, "");
}
