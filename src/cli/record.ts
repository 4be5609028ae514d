import { Command } from "commander";
import { openSource, type Source, SourceRecorder } from "../index.js";
import { markLines } from "./markers.js";
import { duration, printJson } from "./options.js";
import { recorderPaths } from "./recorder-paths.js";
import { Stop } from "./stop.js";

interface RecordFlags {
  from: string;
  out: string;
  samples?: string | false;
  encrypt?: string;
  markers?: boolean;
  duration?: number;
}

export function recordCommand(): Command {
  return new Command("record")
    .description(
      "Records the bytes of a link with their arrival times, which replay:FILE repeats, and the decoded samples as CSV.",
    )
    .requiredOption("--from <source>", "serial: or sim:")
    .requiredOption("--out <file>", "recording to write; never overwritten")
    .option("--samples <file.csv>", "decoded samples to write; never overwritten (default: beside --out)")
    .option("--no-samples", "write no decoded samples")
    .option("--encrypt <key>", "write what only the owner of this public key can read, and no decoded samples")
    .option("--markers", "each line of stdin marks the moment at which it comes, by its text")
    .option("--duration <seconds>", "end so long after the source has answered", duration)
    .addHelpText(
      "after",
      `
Examples:
  $ biox record --from "serial:/dev/ttyUSB0?device=biox" --out walk.bioxrec
  $ biox record --from "sim:?hr=72" --out sim.bioxrec --duration 60 --no-samples
  $ biox record --from "serial:/dev/ttyUSB0?device=biox" --out walk.bioxrec --markers
  $ biox record --from serial:/dev/ttyUSB0 --out walk.bioxrec.enc --encrypt x25519:QkH/hk2tZ5Vh5mY8kYvTt3FQz3lVY0dS8dL9a0m1c3M=
  $ biox run bundles/demo --from "replay:walk.bioxrec"`,
    )
    .action(run);
}

async function run(flags: RecordFlags): Promise<void> {
  const paths = await recorderPaths(flags.out, flags);
  const recorder = new SourceRecorder(flags.from, paths, () => {
    // A disk that takes no more ends the recording, as the end of the source would.
    void source?.close();
  });
  const stop = new Stop();
  const source = await open(flags.from, stop, recorder.options);
  stop.after(flags.duration);
  let failure: unknown;
  try {
    await recorder.begin(source);
    if (flags.markers) markLines((name, at) => recorder.mark(name, "keyboard", at));
    await ended(source, recorder);
  } finally {
    await source.close();
    await recorder.close().catch((cause) => {
      failure = cause;
    });
  }
  const { bytes, markers, files } = recorder;
  const { samples: received, lost } = source.stats;
  printJson({ type: "recorded", out: flags.out, files, bytes, markers, samples: received, lost, link: source.link });
  failure ??= source.failure;
  if (failure) throw failure;
  process.stdout.write("", () => process.exit(0));
}

async function open(from: string, stop: Stop, options: SourceRecorder["options"]): Promise<Source> {
  try {
    return await openSource(from, { signal: stop.signal, ...options });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write("biox: Stopped before the source had answered: nothing was recorded.\n");
    process.exit(1);
  }
}

/** Waits for the end of a source and shows on a terminal how it goes. */
async function ended(source: Source, recorder: SourceRecorder): Promise<void> {
  const { isTTY } = process.stderr;
  const show = setInterval(() => {
    const { samples, lost } = source.stats;
    if (isTTY) process.stderr.write(`\r${recorder.bytes} bytes, ${samples} samples, ${lost} lost `);
  }, 500);
  if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
  clearInterval(show);
  if (isTTY) process.stderr.write("\n");
}
