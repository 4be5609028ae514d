import type { Cut } from "../align/index.js";
import { printableLine } from "../index.js";
import { printJson } from "./options.js";

/** Options of `biox inspect` that are for models. */
export interface InspectModelFlags {
  json?: boolean;
  output?: string;
  dim: Record<string, number>;
  blocks?: boolean;
}

/** Says what an ONNX model is, and lists where it can be cut. */
export async function inspectModel(path: string, flags: InspectModelFlags): Promise<void> {
  // Loaded only here: no bundle needs it to run.
  const { describeModel, listCuts, openDimensions, openModel } = await import("../align/index.js");
  const { model, bytes } = await openModel(path, flags.dim);
  const all = listCuts(model, flags.output === undefined ? {} : { output: flags.output });
  const cuts = flags.blocks ? all.filter(({ block }) => block !== undefined) : all;
  const description = describeModel(model);
  const open = openDimensions(model);
  if (flags.json) {
    printJson({ type: "model", file: path, bytes, ...description, openDimensions: open, cuts });
    return;
  }
  const borders = all.filter(({ block }) => block !== undefined).length;
  const rows: [string, string][] = [
    ["file", `${path}, ${(bytes / 1e6).toFixed(2)} MB`],
    ["made by", description.producer || "?"],
    ["graph", `${description.nodes} nodes of opset ${description.opset}, ${description.parameters} parameters`],
    ...(description.functions.length === 0
      ? []
      : [
          [
            "functions",
            `${description.functions.join(", ")} (of another opset: one node each, and not cut inside)`,
          ] as [string, string],
        ]),
    ...description.inputs.map((port): [string, string] => ["input", portText(port)]),
    ...description.outputs.map((port): [string, string] => ["output", portText(port)]),
    ["cuts", `${all.length}, ${borders} of them at borders of blocks`],
    ...(open.length === 0 ? [] : [["open", `${open.join(", ")} (give them a size with --dim)`] as [string, string]]),
  ];
  const lines = rows.map(([name, text]) => `${name.padEnd(12)}${printableLine(text)}`);
  if (cuts.length > 0) lines.push("", ...table(cuts));
  process.stdout.write(`${lines.join("\n")}\n`);
}

type Port = Pick<Cut, "shape" | "dataType"> & { name: string };

const portText = ({ name, ...type }: Port): string => `${name} ${typeText(type)}`;

const typeText = ({ shape, dataType }: Pick<Cut, "shape" | "dataType">): string =>
  `${dataType ?? "?"} ${shape ? `[${shape.join(", ")}]` : "?"}`;

function table(cuts: readonly Cut[]): string[] {
  const head = ["index", "block", "tensor", "type", "before", "after", "scope"];
  const body = cuts.map((cut) => [
    String(cut.index),
    cut.block === undefined ? "" : String(cut.block),
    printableLine(cut.tensor),
    printableLine(typeText(cut)),
    String(cut.parametersBefore),
    String(cut.parametersAfter),
    printableLine(cut.scope),
  ]);
  const widths = head.map((title, i) => body.reduce((most, row) => Math.max(most, row[i]!.length), title.length));
  return [head, ...body].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
}
