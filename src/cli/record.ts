import { Command } from "commander";
import {
  BioxError,
  findDevice,
  openSource,
  parseSource,
  RecordingWriter,
  type Source,
  type SourceOptions,
} from "../index.js";
import { duration, printJson } from "./options.js";
import { requireWritable } from "./out-file.js";
import { Stop } from "./stop.js";

interface RecordFlags {
  from: string;
  out: string;
  duration?: number;
}

export function recordCommand(): Command {
  return new Command("record")
    .description("Records the bytes of a link with their arrival times; replay:FILE then repeats the same decode.")
    .requiredOption("--from <source>", "serial: or sim:")
    .requiredOption("--out <file>", "recording to write; never overwritten")
    .option("--duration <seconds>", "end so long after the source has answered", duration)
    .addHelpText(
      "after",
      `
Examples:
  $ biox record --from "serial:/dev/ttyUSB0?device=biox" --out walk.bioxrec
  $ biox record --from "sim:?hr=72" --out sim.bioxrec --duration 60
  $ biox run bundles/demo --from "replay:walk.bioxrec"`,
    )
    .action(run);
}

async function run(flags: RecordFlags): Promise<void> {
  const spec = parseSource(flags.from);
  if (spec.kind === "replay")
    throw new BioxError("SOURCE_INVALID", "A replay has no bytes of a link to record.", "Record from serial: or sim:.");
  const device = findDevice(spec.kind === "serial" ? spec.device : "biox");
  const {
    path: port,
    baud = device.serial.baud,
    options,
  } = spec.kind === "serial" ? spec : { path: flags.from, options: {} };
  await requireWritable(flags.out, "keep");
  const stop = new Stop();

  // There is a file only once there is something to record: what comes while the device is asked who it is waits here.
  const early: { bytes: Uint8Array; arrival: number }[] = [];
  let writer: RecordingWriter | undefined;
  const onChunk = (bytes: Uint8Array, arrival: number): void => {
    if (writer) writer.write(bytes, arrival);
    else early.push({ bytes: bytes.slice(), arrival });
  };
  const source = await open(flags.from, stop, onChunk);
  stop.after(flags.duration);
  try {
    const started = early[0]?.arrival ?? Date.now();
    // A disk that takes no more ends the recording, as the end of the source would.
    writer = await RecordingWriter.create(flags.out, { device: device.id, options, baud, port, started }, () => {
      void source.close();
    });
    for (const { bytes, arrival } of early.splice(0)) writer.write(bytes, arrival);
    await ended(source, writer);
  } finally {
    await source.close();
    await writer?.close();
  }
  const { samples, lost } = source.stats;
  printJson({ type: "recorded", out: flags.out, bytes: writer.bytes, samples, lost, link: source.link });
  if (source.failure) throw source.failure;
  process.stdout.write("", () => process.exit(0));
}

async function open(from: string, stop: Stop, onChunk: NonNullable<SourceOptions["onChunk"]>): Promise<Source> {
  try {
    return await openSource(from, { signal: stop.signal, onChunk });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write("biox: Stopped before the source had answered: nothing was recorded.\n");
    process.exit(1);
  }
}

/** Waits for the end of a source and shows on a terminal how it goes. */
async function ended(source: Source, writer: RecordingWriter): Promise<void> {
  const { isTTY } = process.stderr;
  const show = setInterval(() => {
    const { samples, lost } = source.stats;
    if (isTTY) process.stderr.write(`\r${writer.bytes} bytes, ${samples} samples, ${lost} lost `);
  }, 500);
  if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
  clearInterval(show);
  if (isTTY) process.stderr.write("\n");
}
