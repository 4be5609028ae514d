import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { BioxError, invalidArgument } from "../../errors.js";
import {
  extractModel,
  inferShapes,
  listCuts,
  type Model,
  openInputs,
  readModel,
  writeModel,
} from "../../onnx/index.js";
import { unreadable } from "../../paths.js";

/** A model as training takes it apart. */
export class WholeModel {
  private constructor(
    readonly path: string,
    /** Hash of the file, in hexadecimal digits. */
    readonly sha256: string,
    readonly model: Model,
  ) {}

  /** @throws BioxError FILE_UNREADABLE, ONNX_INVALID */
  static async open(path: string): Promise<WholeModel> {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (cause) {
      throw unreadable(path, cause);
    }
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return new WholeModel(path, sha256, await inferShapes(readModel(bytes, path)));
  }

  /** The one input that takes windows. */
  get input(): string {
    const [input, ...more] = openInputs(this).map(({ name }) => name);
    if (input !== undefined && more.length === 0) return input;
    throw new BioxError(
      "ONNX_INVALID",
      `${this.path} has ${more.length + 1} inputs, but a model that takes one window is needed.`,
      "Fix the other inputs as constants when exporting.",
    );
  }

  /** The part between tensors. */
  part(inputs: readonly string[], outputs: readonly string[]): Model {
    return extractModel(this.model, { inputs, outputs });
  }

  /** The same as the bytes of a file. */
  partBytes(inputs: readonly string[], outputs: readonly string[]): Uint8Array {
    return writeModel(this.part(inputs, outputs));
  }

  /**
   * What leaves the last of the model's blocks.
   *
   * @throws BioxError INVALID_ARGUMENT when the model's blocks are not known
   */
  lastBlock(): string {
    const blocks = listCuts(this.model).filter(({ block }) => block !== undefined);
    const last = blocks.reduce((best, cut) => Math.max(best, cut.block!), 0);
    const found = blocks.find(({ block }) => block === last);
    if (found && last > 0) return found.tensor;
    throw new BioxError(
      "INVALID_ARGUMENT",
      `Expected last to be named, since ${this.path} has no blocks that can be told apart.`,
      "Name the tensor with --last; 'biox inspect' lists them.",
    );
  }

  /** The output that holds the task's answer, unless that is the last block itself. */
  taskOutput(last: string): string | undefined {
    return this.model.graph!.output.map(({ name }) => name).find((name) => name !== last);
  }

  /** The shape of a tensor as the model knows it; names and "?" are open extents. */
  shapeOf(tensor: string): readonly (number | string)[] | undefined {
    const { input, output, valueInfo } = this.model.graph!;
    const type = [...input, ...output, ...valueInfo].find(({ name }) => name === tensor)?.type?.value;
    if (type?.case !== "tensorType") return undefined;
    return type.value.shape?.dim.map(({ value }) =>
      value.case === "dimValue" ? Number(value.value) : value.case === "dimParam" ? value.value : "?",
    );
  }

  /** @throws BioxError INVALID_ARGUMENT where the model has no such tensor */
  requireTensor(option: string, name: string): string {
    const known = this.model.graph!.node.some(({ output }) => output.includes(name));
    if (known || name === this.input) return name;
    throw invalidArgument(option, `a tensor of ${this.path} ('biox inspect' lists them)`, name);
  }
}
