import { Command } from "commander";
import { createEngine, invalidArgument, loadBundle, simd } from "../index.js";
import { type InspectModelFlags, inspectModel } from "./inspect-model.js";
import { dimensionSize, printJson } from "./options.js";
import { signerText, trustOf, trustOption } from "./trust.js";

export function inspectCommand(): Command {
  return new Command("inspect")
    .description("Says what a bundle is and how this machine runs it, or where an ONNX model can be cut.")
    .argument("<path>", "folder or .tar of a bundle, or an .onnx file")
    .option("--json", "as one JSON object")
    .option("--output <name>", "of a model: the output that counts (default: all)")
    .option("--dim <name=size>", "of a model: gives an open dimension a size; may be repeated", dimensionSize, {})
    .option("--blocks", "of a model: only the cuts at borders of its repeated blocks")
    .addOption(trustOption())
    .addHelpText(
      "after",
      `
Examples:
  $ biox inspect bundles/demo
  $ biox inspect bundles/demo --json
  $ biox inspect ecg.onnx --blocks`,
    )
    .action(run);
}

interface InspectFlags extends InspectModelFlags {
  trust?: string[];
}

async function run(path: string, { trust, ...flags }: InspectFlags): Promise<void> {
  if (path.endsWith(".onnx")) {
    if (trust !== undefined) throw invalidArgument("path", "a bundle, with --trust", path);
    return inspectModel(path, flags);
  }
  if (flags.output !== undefined || flags.blocks || Object.keys(flags.dim).length > 0)
    throw invalidArgument("path", "an .onnx file, with --output, --dim or --blocks", path);
  await inspectBundle(path, { ...flags, ...(trust && { trust }) });
}

async function inspectBundle(path: string, flags: InspectFlags): Promise<void> {
  const bundle = await loadBundle(path, await trustOf(flags.trust));
  const { manifest, shape } = bundle;
  const engine = await createEngine(bundle, { threads: 1 });
  const { info } = engine;
  await engine.close();
  const parameters = bundle.weights.A.length + bundle.weights.B.length + bundle.weights.prototypes.length;
  if (flags.json) {
    printJson({
      type: "bundle",
      ...manifest,
      shape,
      parameters,
      plan: info.bridge,
      simd: simd(),
      loadMs: info.loadMs,
      hashes: "ok",
      signedBy: bundle.signedBy ?? null,
    });
    return;
  }
  const { channelsIn, rank, prototypes, tokens, width } = shape;
  const target = manifest.bridge.target;
  const rows: [string, string][] = [
    ["name", manifest.name],
    ["task", manifest.task],
    ["labels", manifest.labels.join(" | ")],
    ["licence", manifest.licence],
    [
      "worn",
      `${manifest.new.modality}: ${manifest.new.channels.join(", ")} at ${manifest.new.rate} Hz (${manifest.new.unit})`,
    ],
    ["learned on", manifest.old.modality],
    ["window", `${manifest.window.seconds} s every ${manifest.window.hop} s`],
    ["prepare", bundle.steps.map(({ step }) => step).join(" > ")],
    [
      "lower half",
      `${manifest.lower.file}: ${manifest.lower.input} > ${manifest.lower.output} (${manifest.lower.layout})`,
    ],
    [
      "bridge",
      `${channelsIn} > rank ${rank} > ${prototypes} prototypes > ${tokens} tokens x ${width}, ${parameters} parameters`,
    ],
    ["", `into ${target.layout} [${target.shape.join(", ")}]`],
    ["upper half", `${manifest.upper.file}: ${manifest.upper.input} > ${manifest.upper.output}`],
    [
      "probe",
      manifest.probe
        ? `${manifest.probe.file}: ${bundle.probe?.classes} x ${bundle.probe?.width}`
        : "within the upper half",
    ],
    [
      "plan",
      Object.entries(info.bridge)
        .map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`)
        .join(", "),
    ],
    ["simd", `${simd().active} (available: ${simd().available.join(", ")})`],
    ["loads in", `${Math.round(info.loadMs)} ms`],
    ["files", `${Object.keys(manifest.files).length}, hashes ok`],
    ["signed", signerText(bundle.signedBy)],
  ];
  process.stdout.write(rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join(""));
}
