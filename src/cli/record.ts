import { Command } from "commander";
import { BioxError, findDevice, openSource, parseSource, RecordingWriter } from "../index.js";
import { positive, printJson } from "./options.js";
import { stopSignal } from "./stop.js";

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
    .option("--duration <seconds>", "end after this time", positive)
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
  const baud = (spec.kind === "serial" ? spec.baud : undefined) ?? device.baud;
  const port = spec.kind === "serial" ? spec.path : flags.from;
  const signal = stopSignal(flags.duration);
  const writer = await RecordingWriter.create(flags.out, { device: device.id, baud, port, started: Date.now() });
  const source = await openSource(flags.from, { signal, onChunk: (bytes, arrival) => writer.write(bytes, arrival) });
  const show = setInterval(() => {
    if (process.stderr.isTTY)
      process.stderr.write(`\r${writer.bytes} bytes, ${source.stats.samples} samples, ${source.stats.lost} lost `);
  }, 500);
  if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
  clearInterval(show);
  if (process.stderr.isTTY) process.stderr.write("\n");
  await source.close();
  await writer.close();
  const { samples, lost } = source.stats;
  printJson({ type: "recorded", out: flags.out, bytes: writer.bytes, samples, lost, link: source.link });
  process.stdout.write("", () => process.exit(0));
}
