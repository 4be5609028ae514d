import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { fillShape } from "../../engine/input-shape.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { loadWeights } from "../../onnx/file/open-model.js";
import {
  extractModel,
  fixDimensions,
  inferShapes,
  listCuts,
  type Model,
  type ModelFile,
  openDimensions,
  openInputs,
  readModelFile,
} from "../../onnx/index.js";
import { unreadable } from "../../paths.js";
import type { PairSide } from "../pairs/index.js";
import { type ModelPart, windowInput } from "../run/index.js";

/** A model as training takes it apart. */
export class WholeModel {
  private constructor(
    readonly path: string,
    /** Hash of the file and of those that hold weights of it, in hexadecimal digits. */
    readonly sha256: string,
    readonly model: Model,
    private readonly external: ModelFile["external"],
  ) {}

  /**
   * @param side windows that it is given: they decide what its input leaves open
   * @throws BioxError FILE_UNREADABLE, FILE_INVALID, ONNX_INVALID
   */
  static async open(path: string, side: PairSide): Promise<WholeModel> {
    const { model, external } = await readModelFile(path);
    const files = [path, ...new Set([...external.values()].map((part) => part.path))];
    return new WholeModel(path, await digest(files), await inferShapes(fixed(model, side)), external);
  }

  /** The one input that takes windows. */
  get input(): string {
    return windowInput(this.model, this.path);
  }

  /** What runs from tensors to tensors. */
  part(inputs: readonly string[], outputs: readonly string[], name = this.path): ModelPart {
    return { model: extractModel(this.model, { inputs, outputs }), external: this.external, name };
  }

  /** The same with all of its weights in memory. */
  loaded(inputs: readonly string[], outputs: readonly string[]): Promise<Model> {
    const { model } = this.part(inputs, outputs);
    return loadWeights(
      model,
      this.external,
      model.graph!.initializer.map(({ name }) => name),
    );
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

/** Open extents of the input become those of the windows, a batch becomes one window. */
function fixed(model: Model, side: PairSide): Model {
  const names = openDimensions(model);
  const [input] = openInputs({ model });
  if (names.length === 0 || input?.type?.value.case !== "tensorType") return model;
  const extents = input.type.value.value.shape?.dim.map(({ value }) =>
    value.case === "dimValue" ? Number(value.value) : value.case === "dimParam" ? value.value : "",
  );
  const shape = extents && fillShape(extents, side.shape);
  // What does not fit is told when the model is asked for its input.
  if (!extents || !shape) return model;
  const sizes = extents.map((extent, axis) => [extent || `${input.name}.${axis}`, shape[axis]!] as const);
  return fixDimensions(model, Object.fromEntries(sizes.filter(([name]) => names.includes(String(name)))));
}

async function digest(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files)
    try {
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
    } catch (cause) {
      throw unreadable(file, cause);
    }
  return hash.digest("hex");
}
