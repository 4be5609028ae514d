import type { NodeProto } from "../onnx-ml_pb.js";
import { Call } from "./call.js";
import type { Emitter } from "./emitter.js";
import { fromFront, isStatic } from "./facts/fact.js";
import type { Piece } from "./piece.js";
import { unsupported } from "./unsupported.js";

/** What a rule gives for one input: a gradient of its shape, or of a part of it. Undefined adds nothing. */
export type Contribution = string | Piece | undefined;

/** Writes how the gradients of a node's results become those of its inputs, which stand in the order of the inputs. */
export type Rule = (call: BackwardCall, emit: Emitter) => readonly Contribution[];

/** A node on the way back: beside its attributes, the gradients of its results, and which inputs need one. */
export class BackwardCall extends Call {
  constructor(
    node: NodeProto,
    private readonly emit: Emitter,
    /** By result; undefined where the loss does not depend on it. At least one is there. */
    readonly gradients: readonly (string | undefined)[],
    private readonly active: ReadonlySet<string>,
  ) {
    super(node);
  }

  /** The gradient of the first result: of the only one, but for Split. */
  get gradient(): string {
    const first = this.gradients[0];
    if (first === undefined) throw unsupported(`${this.label} with a loss on its further results`);
    return first;
  }

  /** Whether an input depends on what the gradient is asked for. */
  needs(index: number): boolean {
    return this.active.has(this.input(index));
  }

  /** @throws BioxError ONNX_UNSUPPORTED when an input beside the first `upTo` ones needs a gradient */
  onlyFirst(upTo = 1): void {
    for (let i = upTo; i < this.node.input.length; i++)
      if (this.needs(i)) throw unsupported(`${this.label} whose input ${i} depends on the input of the graph`);
  }

  /** Number of dimensions. */
  rank(value: string): number {
    const shape = this.emit.shape(value);
    if (shape === undefined) throw unsupported(`${this.label} on a value '${value}' of unknown shape`);
    return shape.length;
  }

  /** Extents, all of which have to be known. */
  extents(value: string): readonly number[] {
    const shape = this.emit.shape(value);
    if (!isStatic(shape)) throw unsupported(`${this.label} on a value '${value}' of open shape`);
    return shape;
  }

  /** An attribute that counts axes, from the front. */
  axis(name: string, fallback: number, rank: number): number {
    return fromFront(this.int(name, fallback), rank);
  }
}
