import { Command } from "commander";
import { BioxError, createEngine, type Engine, loadBundle, openSource, parseSource, type Source } from "../index.js";
import { report } from "./fail.js";
import { markLines } from "./markers.js";
import { duration, hopSeconds, precisionOption, wholePositive } from "./options.js";
import { Events, type RunOutput, Views } from "./run-output.js";
import { RunRecording } from "./run-record.js";
import { INTERRUPTED, Stop } from "./stop.js";
import { trustOf, trustOption } from "./trust.js";

/** How long Ctrl-C waits for the last lines to be read, and for the windows under way. */
const PATIENCE_MS = 200;

interface RunFlags {
  from: string[];
  hop?: number;
  engines?: number;
  threads?: number;
  batch?: number;
  precision?: "float32" | "float16" | "int8";
  duration?: number;
  record?: string;
  samples?: string | false;
  encrypt?: string;
  markers?: boolean;
  trust?: string[];
  json?: boolean;
}

export function runCommand(): Command {
  return new Command("run")
    .description("Runs a bundle live: in a terminal as a view, otherwise or with --json as NDJSON.")
    .argument("<bundle>", "folder or .tar of a bundle")
    .requiredOption(
      "--from <source>",
      "where the samples come from; again for each further source",
      (uri, others: string[] = []) => [...others, uri],
    )
    .option("--hop <seconds>", "seconds between two predictions (default: the bundle's)", hopSeconds)
    .option("--engines <n>", "engines that share the sources, each with the whole model (default: 1)", wholePositive)
    .option(
      "--threads <n>",
      "threads of ONNX Runtime in each engine (default: all cores but one, shared out, at most 4)",
      wholePositive,
    )
    .option("--batch <n>", "windows of different sources that an engine may run together (default: 1)", wholePositive)
    .addOption(precisionOption())
    .option("--duration <seconds>", "end so long after the first source has answered", duration)
    .option("--markers", "each line of stdin marks the moment at which it comes, by its text")
    .option("--record <file>", "also record the bytes of the source, of which there is then one; never overwritten")
    .option("--samples <file.csv>", "decoded samples to write with it; never overwritten (default: beside --record)")
    .option("--no-samples", "record no decoded samples")
    .option("--encrypt <key>", "record what only the owner of this public key can read, and no decoded samples")
    .addOption(trustOption())
    .option("--json", "one JSON object a line; a summary ends each source")
    .addHelpText(
      "after",
      `
Examples:
  $ biox run bundles/demo --from "sim:?hr=72"
  $ biox run bundles/demo --from "serial:/dev/ttyACM0?device=biox" --hop 2
  $ biox run bundles/demo --from serial:/dev/ttyUSB0 --from serial:/dev/ttyUSB1 --engines 2
  $ biox run bundles/demo --from serial:/dev/ttyUSB0 --record walk.bioxrec
  $ biox run bundles/demo --from "replay:day.csv.gz?channel=ppg1&rate=125&speed=20" --json`,
    )
    .action(run);
}

async function run(path: string, flags: RunFlags, command: Command): Promise<void> {
  const stop = new Stop();
  checkSources(flags.from);
  const json = flags.json || !process.stdout.isTTY;
  const { debug } = command.optsWithGlobals();
  const several = flags.from.length > 1;
  const onFailure = (uri: string, cause: unknown): unknown => {
    const failure = several ? named(uri, cause) : cause;
    // Beside a view it would be overdrawn: there it waits for the end.
    if (json) report(failure, debug);
    return failure;
  };
  const recording = await RunRecording.prepare(flags.from, flags, (uri, cause) => {
    const failure = onFailure(uri, cause);
    output.troubled(uri, messageOf(failure));
    return failure;
  });
  const bundle = await loadBundle(path, await trustOf(flags.trust));
  const { engines, threads, batch, precision } = flags;
  const engine = await createEngine(bundle, {
    ...(engines === undefined ? {} : { engines }),
    ...(threads === undefined ? {} : { threads }),
    ...(batch === undefined ? {} : { batch }),
    ...(precision === undefined ? {} : { precision }),
  });
  const hop = flags.hop ?? bundle.manifest.window.hop;
  const output = json ? new Events(bundle, engine, hop) : new Views(bundle, engine, hop, flags.from);
  if (flags.markers)
    markLines((name, at) => {
      output.marked(name, at);
      recording?.mark(name, at);
    });
  const options = { hop, history: 3 * bundle.manifest.window.seconds, duration: flags.duration };
  const ended = await Promise.all(
    flags.from.map((uri) => follow(uri, engine, output, stop, { ...options, recording, onFailure })),
  );
  output.close();
  const failures = [...ended.map(({ failure }) => failure), ...(recording?.failures ?? [])].filter(
    (failure) => failure !== undefined,
  );
  if (!json) for (const failure of failures) report(failure, debug);
  if (failures.length === 0 && stop.signal.aborted && !ended.some(({ answered }) => answered)) {
    process.stderr.write("biox: Stopped before the source had answered.\n");
    process.exit(INTERRUPTED);
  }
  await end(engine, stop, failures.length > 0 ? 1 : 0);
}

interface FollowOptions {
  hop: number;
  history: number;
  duration: number | undefined;
  recording: RunRecording | undefined;
  /** Told of what ends a source; returns what is to be reported. */
  onFailure(uri: string, cause: unknown): unknown;
}

/** Runs one source to its end. It never rejects: what fails is that source's alone, and the others go on. */
async function follow(
  uri: string,
  engine: Engine,
  output: RunOutput,
  stop: Stop,
  { hop, history, duration: seconds, recording, onFailure }: FollowOptions,
): Promise<{ answered: boolean; failure: unknown }> {
  const { signal } = stop;
  let source: Source | undefined;
  let failure: unknown;
  let notice: string | undefined;
  try {
    source = await openSource(uri, { signal, history, ...recording?.options });
    recording?.begin(source);
    stop.after(seconds);
    output.opened(source);
    for await (const prediction of engine.run(source, { hop, signal })) output.predicted(prediction);
  } catch (cause) {
    if (source || !signal.aborted) {
      failure = onFailure(uri, cause);
      notice = messageOf(cause);
    }
  }
  await source?.close();
  await recording?.close(uri);
  output.ended(uri, source && engine.summary(source), notice);
  return { answered: source !== undefined, failure };
}

/** Refuses, before anything is opened, what is no source, and sources whose predictions could not be told apart. */
function checkSources(uris: readonly string[]): void {
  for (const [i, uri] of uris.entries()) {
    parseSource(uri);
    if (uris.indexOf(uri) < i)
      throw new BioxError(
        "SOURCE_INVALID",
        `Source '${uri}' is given twice: its predictions could not be told apart.`,
        "Give each source once; simulated ones can differ in their seed, as in sim:?seed=2.",
      );
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Many messages name the source already; where there are several, all must. */
function named(uri: string, cause: unknown): unknown {
  if (!(cause instanceof BioxError) || cause.message.includes(uri)) return cause;
  return new BioxError(cause.code, `${uri}: ${cause.message}`, cause.hint, { cause });
}

/** Ends the process. Ctrl-C waits neither for a reader that has stalled nor for a model that takes long over its last window. */
async function end(engine: Engine, stop: Stop, code: number): Promise<void> {
  const { by } = stop;
  const giveUp = by && setTimeout(() => stop.now(by), PATIENCE_MS);
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  await engine.close();
  clearTimeout(giveUp);
  // A serial driver may keep the event loop alive; everything is written and closed by now.
  process.exit(code);
}
