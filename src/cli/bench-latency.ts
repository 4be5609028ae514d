import { Command, InvalidArgumentError } from "commander";
import type { LatencyOptions, LatencyReport, Progress } from "../bench/index.js";
import type { RouteName } from "../index.js";
import { bundleOf, routeOption } from "./bench-bundle.js";
import { duration, positive, precisionOption, printJson, wholePositive } from "./options.js";
import { requireWritable, writeWhole } from "./out-file.js";
import { ProgressLine } from "./progress.js";
import { INTERRUPTED, Stop } from "./stop.js";

interface LatencyFlags {
  route?: RouteName;
  threads: number[];
  precision?: LatencyOptions["precision"];
  paced?: number;
  batch?: number;
  duration?: number;
  energyCommand?: string;
  out?: string;
  html?: string;
  json?: boolean;
}

export function benchLatencyCommand(): Command {
  return new Command("latency")
    .description("Times the windows of a bundle, stage by stage; 'biox bench' alone means this.")
    .argument("[bundle]", "folder or .tar of a bundle")
    .addOption(routeOption())
    .option("--threads <list>", "threads of ONNX Runtime, one number or several with commas", threadList, [1])
    .addOption(precisionOption())
    .option("--paced <seconds>", "also run one window each so many seconds, with pauses between", positive)
    .option("--batch <n>", "also run so many windows together", wholePositive)
    .option("--duration <seconds>", "of each phase (default: until 1024 windows and 60 s)", duration)
    .option("--energy-command <command>", "shell command that prints joules so far")
    .option("--out <file>", "JSON report to write")
    .option("--html <file>", "report to write as a web page of one file")
    .option("--json", "one JSON object in place of the tables")
    .addHelpText(
      "after",
      `
Examples:
  $ biox bench bundles/demo
  $ biox bench --route wesad-ecg2ppg --threads 1,2 --out report.json --html report.html
  $ biox bench bundles/demo --duration 5 --json`,
    )
    .action(run);
}

function threadList(text: string): number[] {
  try {
    return text.split(",").map(wholePositive);
  } catch {
    throw new InvalidArgumentError("Expected whole numbers above 0, such as 1 or 1,2,4.");
  }
}

async function run(path: string | undefined, flags: LatencyFlags): Promise<void> {
  const stop = new Stop();
  for (const file of [flags.out, flags.html]) if (file !== undefined) await requireWritable(file, "replace");
  const bundle = await bundleOf(path, flags.route);
  // Loaded only here: no other command needs it.
  const { benchLatency, latencyHtml, latencyText } = await import("../bench/index.js");
  const line = new ProgressLine();
  const report = await benchLatency(bundle, {
    threads: flags.threads,
    ...(flags.precision === undefined ? {} : { precision: flags.precision }),
    ...(flags.paced === undefined ? {} : { paced: flags.paced }),
    ...(flags.batch === undefined ? {} : { batch: flags.batch }),
    ...(flags.duration === undefined ? {} : { duration: flags.duration }),
    ...(flags.energyCommand === undefined ? {} : { energyCommand: flags.energyCommand }),
    signal: stop.signal,
    onProgress: (progress) => line.show(describe(progress)),
  }).finally(() => line.clear());
  if (!report) {
    process.stderr.write("biox: Stopped before a window was measured.\n");
    process.exit(INTERRUPTED);
  }
  await write(report, flags, latencyHtml);
  if (flags.json) printJson(report);
  else process.stdout.write(latencyText(report));
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  // A serial driver may keep the event loop alive; everything is written and closed by now.
  process.exit(0);
}

async function write(
  report: LatencyReport,
  flags: LatencyFlags,
  html: (report: LatencyReport) => string,
): Promise<void> {
  if (flags.out !== undefined) await writeWhole(flags.out, Buffer.from(`${JSON.stringify(report, undefined, 1)}\n`));
  if (flags.html !== undefined) await writeWhole(flags.html, Buffer.from(html(report)));
}

function describe({ phase, windows, secondsLeft }: Progress): string {
  const left = Number.isFinite(secondsLeft) ? `, ${Math.ceil(secondsLeft)} s left` : "";
  return `${phase}: ${windows} windows${left}`;
}
