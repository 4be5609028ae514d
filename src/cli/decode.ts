import { Command } from "commander";
import { type DeviceMessage, LinkAccount, recordedBytes, SampleLines } from "../index.js";
import { deviceOption } from "./options.js";
import { Stop } from "./stop.js";

interface DecodeFlags {
  device?: string;
  in?: string;
  raw?: boolean;
  events?: boolean;
  option: Record<string, string>;
}

export function decodeCommand(): Command {
  return new Command("decode")
    .description("Decodes raw bytes of a device to one NDJSON line a sample.")
    .option("--device <id>", "device that sent them; a recording knows it")
    .option("--in <file>", "file of raw bytes, or a recording (default: stdin)")
    .option("--raw", "counts as the device sent them, in place of physical values")
    .option("--events", "a line for each other message of the device, too")
    .option("--option <name=value>", "option of the device; may be repeated", deviceOption, {})
    .addHelpText(
      "after",
      `
Writes {"type":"sample","stream","n","values"} lines to stdout and, at the end, {"type":"link",...} to stderr.
Examples:
  $ biox decode --device healthypi4 --in capture.bin
  $ biox decode --device openview --option board=max86150 --raw < capture.bin
  $ biox decode --in walk.bioxrec --events`,
    )
    .action(run);
}

async function run(flags: DecodeFlags): Promise<void> {
  const stop = new Stop();
  const { device, options, chunks } = await recordedBytes(flags.in, flags.device, flags.option);
  const decoder = device.createDecoder(options);
  const lines = new SampleLines({ raw: flags.raw === true, events: flags.events === true });
  const account = new LinkAccount();
  const take = (message: DeviceMessage): void => {
    account.take(message);
    lines.take(message);
  };
  // Ctrl-C ends a pipe that goes on for ever; what has come until then is counted.
  const stopped = new Promise<undefined>((resolve) => stop.signal.addEventListener("abort", () => resolve(undefined)));
  const iterator = chunks[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), stopped]);
    if (!next || next.done) break;
    decoder.push(next.value, take);
    await write(lines.flush());
  }
  const counters = account.counters(decoder.link);
  if (counters.frames === 0 && counters.bytes > 0)
    process.stderr.write(
      `No frame of ${device.id} in ${counters.bytes} bytes: is it the right device, and were they read at its baud rate?\n`,
    );
  process.stderr.write(`${JSON.stringify({ type: "link", ...counters })}\n`);
  process.stdout.write("", () => process.exit(0));
}

/** Waits where the reader of stdout is slower. */
async function write(text: string): Promise<void> {
  if (text === "" || process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once("drain", resolve));
}
