import { type BridgeShape, readSafetensors } from "../../bundle/index.js";
import { BioxError } from "../../errors.js";
import { type HalfFacts, type HalfPort, portOf } from "./half-facts.js";

/** JSON with keys that are not known yet. */
export type Json = Record<string, unknown>;

/** The sizes of a bridge as its file has them; whether they fit is found when the bundle is loaded. */
export function bridgeSizes(bytes: Uint8Array, name: string): BridgeShape {
  const { tensors } = readSafetensors(bytes, name);
  const [A, B, prototypes] = ["A", "B", "prototypes"].map((part) => tensors.get(part)?.shape);
  if (A?.length !== 2 || B?.length !== 2 || prototypes?.length !== 2)
    throw new BioxError(
      "BUNDLE_SHAPE",
      `${name}: expected matrices A, B and prototypes, but there is ${[...tensors.keys()].slice(0, 8).join(", ") || "none"}.`,
      "'biox import bridge' brings in what training code has saved.",
    );
  const [rank, channelsIn] = A as [number, number];
  const [width, count] = prototypes as [number, number];
  return { channelsIn, rank, prototypes: count, tokens: B[0]! / count, width };
}

/** `lower` of bundle.json: what the description says, and what can be seen in the file. */
export function describeLower(given: Json, facts: HalfFacts, { channelsIn }: BridgeShape, file: string): Json {
  const input = portOf(facts.inputs, given.input, "lower.input").name;
  const output = portOf(facts.outputs, given.output, "lower.output");
  const layout = given.layout ?? featureLayout(output, channelsIn);
  return { file, input, output: output.name, ...given, layout };
}

/** `upper` of bundle.json. */
export function describeUpper(given: Json, facts: HalfFacts, file: string): Json {
  const input = portOf(facts.inputs, given.input, "upper.input").name;
  return { file, input, output: portOf(facts.outputs, given.output, "upper.output").name, ...given };
}

/** `bridge` of bundle.json: the target is the upper half's input, whose first extent is the batch where it is open. */
export function describeBridge(given: Json, upper: HalfPort, sizes: BridgeShape, file: string): Json {
  const target = isObject(given.target) ? given.target : {};
  const shape = target.shape ?? targetShape(upper);
  const layout = target.layout ?? targetLayout(shape as number[], sizes);
  return { file, pool: "mean", ...given, target: { ...target, layout, shape } };
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function featureLayout({ name, shape }: HalfPort, channelsIn: number): "NTC" | "NCT" {
  const [middle, last] = shape?.length === 3 ? shape.slice(1) : [];
  if (last === channelsIn && middle !== channelsIn) return "NTC";
  if (middle === channelsIn && last !== channelsIn) return "NCT";
  throw unclear(
    "lower.layout",
    `output '${name}' is ${extents(shape)} and A of the bridge takes ${channelsIn} channels`,
    '"NTC" or "NCT"',
  );
}

function targetShape({ name, shape }: HalfPort): number[] {
  const found = shape?.map((extent, i) => (i === 0 ? (extent ?? 1) : extent));
  if (found?.every((extent) => extent !== undefined)) return found as number[];
  throw unclear(
    "bridge.target.shape",
    `input '${name}' of the upper half is ${extents(shape)}`,
    "the shape of one window",
  );
}

function targetLayout(shape: readonly number[], { tokens, width }: BridgeShape): string {
  const tokensFirst = shape.at(-1) === width;
  const channelsFirst = shape.at(-1) === tokens && shape.at(-2) === width;
  if (tokensFirst !== channelsFirst) return tokensFirst ? "tokens-first" : "channels-first";
  throw unclear(
    "bridge.target.layout",
    `the upper half takes [${shape.join(", ")}] and the bridge makes ${tokens} tokens of width ${width}`,
    '"tokens-first", "channels-first" or "raw"',
  );
}

function extents(shape: HalfPort["shape"]): string {
  return shape ? `[${shape.map((extent) => extent ?? "?").join(", ")}]` : "of unknown shape";
}

function unclear(field: string, because: string, values: string): BioxError {
  return new BioxError(
    "BUNDLE_SHAPE",
    `${field} cannot be told from the files: ${because}.`,
    `Set ${field} in the description to ${values}.`,
  );
}
