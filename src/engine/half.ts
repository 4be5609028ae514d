import "./no-telemetry.js";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { PreparedArray } from "../prepare/index.js";
import { Lanes, type Span } from "./lanes.js";
import { allocate, execute, failed, type HalfSpec, inputShape, openSession, product } from "./session.js";
import { takesTogether, times } from "./together.js";

const ALONE: Span = { first: 0, count: 1 };

/** Tensors of a span of windows; several where each window has to be run on its own. */
interface Pass {
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

/**
 * One ONNX half with its inputs and outputs allocated once, for up to `batch` windows.
 *
 * A caller fills `input`, awaits `run()` and reads `output`; both are the same arrays for the life of the half.
 * ONNX Runtime computes on the calling thread and blocks it.
 */
export class Half {
  /** Milliseconds that the last `run()` spent in ONNX Runtime. */
  computeMs = 0;
  private readonly single: readonly Pass[];
  private readonly together: readonly Pass[];

  private constructor(
    private readonly session: InferenceSession,
    private readonly spec: HalfSpec,
    readonly input: Lanes<PreparedArray>,
    readonly output: Lanes<Float32Array>,
    /** Of the output of one window. */
    readonly outputShape: readonly number[],
    /** Whether several windows are one run. */
    readonly joint: boolean,
    pass: (span: Span) => Pass,
    batch: number,
  ) {
    const lanes = Array.from({ length: batch }, (_, lane) => lane);
    this.single = lanes.map((first) => pass({ first, count: 1 }));
    this.together = joint ? lanes.map((last) => pass({ first: 0, count: last + 1 })) : [];
  }

  /** @throws BioxError BUNDLE_INVALID, BUNDLE_SHAPE when the ONNX file does not do what the manifest says */
  static async create(onnx: Uint8Array, spec: HalfSpec, threads: number, batch = 1): Promise<Half> {
    const session = await openSession(onnx, spec, threads);
    const shape = inputShape(session, spec);
    const input = new Lanes(allocate(spec.dtype, batch * product(shape)), batch);
    // The first run finds the output's shape, which a file may leave open, and lets ONNX Runtime make its own allocations.
    const first = await execute(session, spec, input.of(0), shape);
    const output = new Lanes(new Float32Array(batch * first.data.length), batch);
    const pass = (span: Span): Pass => ({
      feeds: { [spec.input]: new Tensor(spec.dtype, input.span(span) as never, times(span.count, shape)) },
      fetches: { [spec.output]: new Tensor("float32", output.span(span), times(span.count, first.shape)) },
    });
    const joint = batch > 1 && (await takesTogether(session, spec, shape));
    return new Half(session, spec, input, output, first.shape, joint, pass, batch);
  }

  /** Runs a span of windows: at once where the file can, otherwise one after another. */
  async run({ first, count }: Span = ALONE): Promise<void> {
    this.computeMs = 0;
    if (count > 1 && this.joint) return this.compute(this.together[count - 1]!);
    for (let lane = first; lane < first + count; lane++) await this.compute(this.single[lane]!);
  }

  private async compute({ feeds, fetches }: Pass): Promise<void> {
    const begin = performance.now();
    try {
      await this.session.run(feeds, fetches);
    } catch (cause) {
      throw failed(this.spec, cause);
    } finally {
      this.computeMs += performance.now() - begin;
    }
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
