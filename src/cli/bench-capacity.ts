import { Command } from "commander";
import type { RouteName } from "../index.js";
import { bundleOf, routeOption } from "./bench-bundle.js";
import { positive, printJson, wholePositive } from "./options.js";
import { ProgressLine } from "./progress.js";
import { Stop } from "./stop.js";

interface CapacityFlags {
  route?: RouteName;
  engines: number;
  threads: number;
  hop?: number;
  stepDuration?: number;
  maxWearers: number;
  json?: boolean;
}

export function benchCapacityCommand(): Command {
  return new Command("capacity")
    .description("Finds how many wearables this machine keeps up with.")
    .argument("[bundle]", "folder or .tar of a bundle")
    .addOption(routeOption())
    .option("--engines <n>", "engine threads that share the wearables", wholePositive, 1)
    .option("--threads <n>", "threads of ONNX Runtime in each engine", wholePositive, 1)
    .option("--hop <seconds>", "seconds between two windows of a wearable (default: the bundle's)", positive)
    .option("--step-duration <seconds>", "of each number of wearables (default: 10, and at least three hops)", positive)
    .option("--max-wearers <n>", "most wearables to try", wholePositive, 64)
    .option("--json", "one JSON object in place of the tables")
    .addHelpText(
      "after",
      `
Examples:
  $ biox bench capacity bundles/demo --hop 0.1
  $ biox bench capacity --route wesad-ecg2ppg --engines 2 --json`,
    )
    .action(run);
}

async function run(path: string | undefined, flags: CapacityFlags): Promise<void> {
  const stop = new Stop();
  const bundle = await bundleOf(path, flags.route);
  const { benchCapacity, capacityText } = await import("../bench/index.js");
  const line = new ProgressLine();
  const { engines, threads, maxWearers, hop, stepDuration } = flags;
  const report = await benchCapacity(bundle, {
    engines,
    threads,
    maxWearers,
    ...(hop === undefined ? {} : { hop }),
    ...(stepDuration === undefined ? {} : { stepDuration }),
    signal: stop.signal,
    onLevel: (host, wearers) => line.show(`${host}: ${wearers} wearers`),
  }).finally(() => line.clear());
  if (flags.json) printJson(report);
  else process.stdout.write(capacityText(report));
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  // A serial driver may keep the event loop alive; everything is written and closed by now.
  process.exit(0);
}
