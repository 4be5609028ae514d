import { Command, InvalidArgumentError, Option } from "commander";
import { loadBundle, type QuantizedHalf, type QuantizeReport, quantizeBundle, readSafetensors } from "../index.js";
import { printJson, wholePositive } from "./options.js";
import { INTERRUPTED, Stop } from "./stop.js";

interface QuantizeFlags {
  precision: "int8" | "float16";
  out: string;
  windows?: string;
  input: "raw" | "prepared";
  minAgreement: number;
  threads: number;
  force?: boolean;
  json?: boolean;
}

/** Samples of each half's time. */
const ROUNDS = 11;

export function quantizeCommand(): Command {
  return new Command("quantize")
    .description(
      "Writes a bundle whose halves hold their weights as int8 or float16, and compares it with the old one.",
    )
    .argument("<bundle>", "folder or .tar of a bundle")
    .addOption(
      new Option("--precision <type>", "int8: smaller and faster; float16: half the size, same speed")
        .choices(["int8", "float16"])
        .makeOptionMandatory(),
    )
    .requiredOption("--out <folder>", "bundle to write: a folder that does not exist or is empty")
    .option("--windows <file>", "safetensors of recorded windows to compare on, as 'biox infer --in' takes them")
    .addOption(
      new Option("--input <kind>", "raw windows, or tensor 'input' [N, ...] already prepared")
        .choices(["raw", "prepared"])
        .default("raw"),
    )
    .option("--min-agreement <share>", "of windows that must keep their label, 0 to 1", share, 0.99)
    .option("--threads <n>", "threads of ONNX Runtime", wholePositive, 1)
    .option("--force", "write the bundle whatever the comparison says, or without one")
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  $ biox bundle quantize my-bundle --precision int8 --windows windows.safetensors --out my-bundle-int8
  $ biox bundle quantize my-bundle --precision float16 --force --out my-bundle-float16`,
    )
    .action(run);
}

async function run(path: string, flags: QuantizeFlags): Promise<void> {
  const stop = new Stop();
  const show = process.stderr.isTTY;
  const progress = (what: string): void => {
    if (show) process.stderr.write(`\r\x1b[K${what}`);
  };
  let report: QuantizeReport;
  try {
    report = await quantizeBundle(path, flags.out, {
      precision: flags.precision,
      ...(flags.windows === undefined ? {} : { windows: readSafetensors(flags.windows) }),
      input: flags.input,
      minAgreement: flags.minAgreement,
      force: flags.force ?? false,
      threads: flags.threads,
      signal: stop.signal,
      onProgress: progress,
    });
  } catch (error) {
    progress("");
    if (!stop.signal.aborted) throw error;
    process.stderr.write("biox: Stopped.\n");
    process.exit(INTERRUPTED);
  }
  progress("timing the halves");
  const { compareHalves } = await import("../bench/index.js");
  const ms = await compareHalves(await loadBundle(path), await loadBundle(flags.out), {
    rounds: ROUNDS,
    threads: flags.threads,
  });
  progress("");
  if (flags.json) printJson({ type: "quantized", out: flags.out, ...report, ms });
  else print(flags.out, report, ms);
}

type Times = { before: number; after: number; ratio: number } | null;

function print(out: string, report: QuantizeReport, ms: { lower: Times; upper: Times }): void {
  for (const name of ["lower", "upper"] as const)
    process.stdout.write(`${name} half  ${half(report[name], ms[name])}\n`);
  for (const { file, kept } of [report.lower, report.upper])
    for (const { name, reason } of kept) process.stdout.write(`${file}: '${name}' stays float32: it ${reason}\n`);
  process.stdout.write(`${fidelity(report)}\nWritten to ${out}.\n`);
}

function half({ bytes, tensors }: QuantizedHalf, ms: Times): string {
  const size = (count: number): string => `${(count / 1e6).toFixed(2)} MB`;
  if (ms === null) return `${size(bytes.after)}, unchanged`;
  const time = `${ms.before.toPrecision(3)} ms -> ${ms.after.toPrecision(3)} ms here, ${ms.ratio.toFixed(2)} times as fast`;
  return `${size(bytes.before)} -> ${size(bytes.after)}, ${tensors} weights; ${time}`;
}

function fidelity({ fidelity, precision }: QuantizeReport): string {
  if (fidelity === null) return "fidelity    not measured: no windows were given";
  const { agreement, windows, maxDeltaP, meanDeltaP } = fidelity;
  const same = `${Math.round(agreement * windows)} of ${windows} windows keep their label in ${precision}`;
  return `fidelity    ${same}; probabilities differ by ${meanDeltaP.toExponential(1)} on average, ${maxDeltaP.toExponential(1)} at most`;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("Expected a number from 0 to 1.");
  return value;
}
