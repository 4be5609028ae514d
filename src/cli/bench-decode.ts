import { Command } from "commander";
import { DEVICES, findDevice } from "../index.js";
import { printJson, wholePositive } from "./options.js";

export function benchDecodeCommand(): Command {
  return new Command("decode")
    .description("Times the decoders of devices over bytes of their emulators.")
    .option("--device <id>", "one device in place of all")
    .option("--rounds <n>", "samples of each contender, of which the median counts", wholePositive, 21)
    .option("--json", "one JSON object a device")
    .addHelpText("after", "\nExamples:\n  $ biox bench decode\n  $ biox bench decode --device biox --json")
    .action(run);
}

async function run(flags: { device?: string; rounds: number; json?: boolean }): Promise<void> {
  const devices = flags.device === undefined ? DEVICES : [findDevice(flags.device)];
  const { benchDecode, decodeText } = await import("../bench/index.js");
  const reports = await benchDecode(devices, { rounds: flags.rounds });
  if (flags.json) for (const report of reports) printJson(report);
  else process.stdout.write(decodeText(reports));
}
