import { Command, InvalidArgumentError, Option } from "commander";
import { ROUTE_NAMES, type RouteName } from "../index.js";
import { printJson } from "./options.js";
import { INTERRUPTED, Stop } from "./stop.js";

interface SynthesizeFlags {
  route: RouteName;
  out: string;
  seed: number;
  openBatch?: boolean;
}

export function synthesizeCommand(): Command {
  return new Command("synthesize")
    .description("Writes a bundle of models of published sizes with random weights, to measure time and memory.")
    .addOption(new Option("--route <name>", "which models, old2new").choices([...ROUTE_NAMES]).makeOptionMandatory())
    .requiredOption("--out <folder>", "bundle to write: a folder that does not exist or is empty")
    .option("--seed <n>", "another seed gives other weights", seed, 1)
    .option("--open-batch", "halves that take several windows at once, for 'biox run --batch'")
    .addHelpText(
      "after",
      `
Examples:
  $ biox bundle synthesize --route wesad-ecg2ppg --out ecg2ppg
  $ biox run ecg2ppg --from "sim:?speed=10" --duration 20`,
    )
    .action(run);
}

async function run({ route, out, seed, openBatch = false }: SynthesizeFlags): Promise<void> {
  // What only benchmarks need is loaded when it is asked for.
  const { buildRoute } = await import("../bench/index.js");
  const { signal } = new Stop();
  try {
    await buildRoute(route, out, { seed, openBatch, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write("biox: Stopped: nothing was written.\n");
    process.exit(INTERRUPTED);
  }
  printJson({ type: "synthesized", route, seed, out });
}

function seed(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 4294967295)
    throw new InvalidArgumentError("Expected a whole number from 0 to 4294967295.");
  return Number(text);
}
