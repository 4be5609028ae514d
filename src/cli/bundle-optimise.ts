import { Command, InvalidArgumentError, Option } from "commander";
import type { OptimisedHalf, OptimiseReport } from "../bench/index.js";
import { readSafetensors } from "../index.js";
import { printJson, wholePositive } from "./options.js";
import { ProgressLine } from "./progress.js";
import { INTERRUPTED, Stop } from "./stop.js";

interface OptimiseFlags {
  out: string;
  windows?: string;
  input: "raw" | "prepared";
  minGain: number;
  threads: number;
  json?: boolean;
}

export function optimiseCommand(): Command {
  return new Command("optimise")
    .description("Writes a bundle whose halves are faster on this machine and compute the same, and compares it.")
    .argument("<bundle>", "folder or .tar of a bundle")
    .requiredOption("--out <folder>", "bundle to write: a folder that does not exist or is empty")
    .option("--windows <file>", "safetensors of recorded windows to compare on (default: noise)")
    .addOption(
      new Option("--input <kind>", "raw windows, or tensor 'input' [N, ...] already prepared")
        .choices(["raw", "prepared"])
        .default("raw"),
    )
    .option(
      "--min-gain <ratio>",
      "times as fast that a half must become to be replaced; 0: whatever its time",
      ratio,
      1.02,
    )
    .option("--threads <n>", "threads of ONNX Runtime", wholePositive, 1)
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  $ biox bundle optimise my-bundle --out my-bundle-fast
  $ biox bundle optimise my-bundle --windows windows.safetensors --out my-bundle-fast --json`,
    )
    .action(run);
}

async function run(path: string, flags: OptimiseFlags): Promise<void> {
  const stop = new Stop();
  const line = new ProgressLine();
  const windows = flags.windows === undefined ? {} : { windows: readSafetensors(flags.windows) };
  // Loaded only here: no other command of 'bundle' needs it.
  const { optimiseBundle } = await import("../bench/index.js");
  let report: OptimiseReport;
  try {
    report = await optimiseBundle(path, flags.out, {
      ...windows,
      input: flags.input,
      minGain: flags.minGain,
      threads: flags.threads,
      signal: stop.signal,
      onProgress: (what) => line.show(what),
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    line.clear();
    process.stderr.write("biox: Stopped.\n");
    process.exit(INTERRUPTED);
  } finally {
    line.clear();
  }
  if (flags.json) printJson({ type: "optimised", out: flags.out, ...report });
  else print(flags.out, report);
}

function print(out: string, { lower, upper, fidelity }: OptimiseReport): void {
  process.stdout.write(`lower half  ${half(lower)}\nupper half  ${half(upper)}\n`);
  const { agreement, windows, maxDeltaP, on } = fidelity;
  const same = `${Math.round(agreement * windows)} of ${windows} windows${on === "noise" ? " of noise" : ""} keep their label`;
  process.stdout.write(
    `fidelity    ${same}; probabilities differ by ${maxDeltaP.toExponential(1)} at most\nWritten to ${out}.\n`,
  );
}

function half({ outcome, operators, ms, maxRelError }: OptimisedHalf): string {
  if (ms === null || maxRelError === null) return "as it was: nothing to rewrite";
  const time = `${ms.before.toPrecision(3)} ms -> ${ms.after.toPrecision(3)} ms here, ${ms.ratio.toFixed(2)} times as fast`;
  switch (outcome) {
    case "different":
      return `as it was: rewritten it would differ by ${maxRelError.toExponential(1)} of its largest number`;
    case "slow":
      return `as it was: rewritten ${time}`;
    default:
      return `${operators} operators rewritten; ${time}`;
  }
}

function ratio(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && Number.isFinite(value)))
    throw new InvalidArgumentError("Expected a number of at least 0, such as 1.1.");
  return value;
}
