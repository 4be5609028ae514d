import { Command } from "commander";
import {
  type Bundle,
  createEngine,
  type Engine,
  LiveView,
  loadBundle,
  openSource,
  type Source,
  type Summary,
} from "../index.js";
import { duration, positive, precisionOption, printJson, wholePositive } from "./options.js";
import { INTERRUPTED, Stop } from "./stop.js";

/** How long Ctrl-C waits for the last lines to be read, and for the window under way. */
const PATIENCE_MS = 200;

interface RunFlags {
  from: string;
  hop?: number;
  threads?: number;
  precision: "float32" | "float16";
  duration?: number;
  json?: boolean;
}

export function runCommand(): Command {
  return new Command("run")
    .description("Runs a bundle live: in a terminal as a view, otherwise or with --json as NDJSON.")
    .argument("<bundle>", "folder or .tar of a bundle")
    .requiredOption("--from <source>", "where the samples come from")
    .option("--hop <seconds>", "seconds between two predictions (default: the bundle's)", positive)
    .option("--threads <n>", "threads of ONNX Runtime (default: all cores but one, at most 4)", wholePositive)
    .addOption(precisionOption())
    .option("--duration <seconds>", "end so long after the source has answered", duration)
    .option("--json", "one JSON object a line, ending with a summary")
    .addHelpText(
      "after",
      `
Examples:
  $ biox run bundles/demo --from "sim:?hr=72"
  $ biox run bundles/demo --from "serial:/dev/ttyACM0?device=biox" --hop 2
  $ biox run bundles/demo --from "replay:day.csv.gz?channel=ppg1&rate=125&speed=20" --json`,
    )
    .action(run);
}

async function run(path: string, flags: RunFlags): Promise<void> {
  const stop = new Stop();
  const { signal } = stop;
  const json = flags.json || !process.stdout.isTTY;
  const bundle = await loadBundle(path);
  const engine = await createEngine(bundle, {
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    precision: flags.precision,
  });
  let source: Source;
  try {
    source = await openSource(flags.from, { signal, history: 3 * bundle.manifest.window.seconds });
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write("biox: Stopped before the source had answered.\n");
    process.exit(INTERRUPTED);
  }
  stop.after(flags.duration);
  const hop = flags.hop ?? bundle.manifest.window.hop;
  const finish = json ? printEvents(bundle, engine, source, hop) : showView(bundle, engine, source, hop);
  let failure: unknown;
  try {
    for await (const prediction of engine.run(source, { hop, signal })) if (json) printJson(prediction);
  } catch (error) {
    failure = error;
  }
  await source.close();
  const summary = engine.summary();
  if (summary) finish(summary);
  if (failure !== undefined) throw failure;
  await end(engine, stop);
}

/** Ends the process. Ctrl-C waits neither for a reader that has stalled nor for a model that takes long over its last window. */
async function end(engine: Engine, stop: Stop): Promise<void> {
  const { by } = stop;
  const giveUp = by && setTimeout(() => stop.now(by), PATIENCE_MS);
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  await engine.close();
  clearTimeout(giveUp);
  // A serial driver may keep the event loop alive; everything is written and closed by now.
  process.exit(0);
}

function printEvents(bundle: Bundle, engine: Engine, source: Source, hop: number): (summary: Summary) => void {
  const { device, firmware, streams } = source;
  const { info } = engine;
  printJson({
    type: "start",
    bundle: bundle.manifest.name,
    source: source.uri,
    device,
    firmware,
    streams,
    hop,
    engine: info,
  });
  engine.on("unpredicted", printJson);
  engine.on("note", (note) => printJson({ type: "note", note }));
  source.on("gap", (gap) => printJson({ type: "gap", ...gap }));
  source.on("link", (link) => printJson({ type: "link", ...link }));
  source.on("device", (event) => printJson({ type: "event", ...event }));
  return printJson;
}

function showView(bundle: Bundle, engine: Engine, source: Source, hop: number): (summary: Summary) => void {
  const view = new LiveView(process.stdout, bundle, engine, source, hop);
  process.once("exit", () => process.stdout.write("\x1b[?25h"));
  return ({ predictions, skippedHops, unpredicted, samples, lost }) => {
    view.close();
    process.stdout.write(
      `\nEnded: ${predictions} predictions, ${skippedHops} hops skipped, ${unpredicted} windows without an answer, ${samples} samples, ${lost} lost.\n`,
    );
  };
}
