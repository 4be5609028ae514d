import { Command } from "commander";
import { BioxError, findDevice, numberParameter, readCsv, SIM_RANGES, simOptions, startEmulator } from "../index.js";
import { printJson, wholePositive } from "./options.js";

type EmulateFlags = Record<string, string | undefined> & { device: string; frame?: number };

export function emulateCommand(): Command {
  return new Command("emulate")
    .description("Plays a wearable through a pseudo-terminal: a CSV column, or a synthetic pulse.")
    .option("--device <id>", "device to be", "biox")
    .option("--csv <file>", "CSV or CSV.gz to play")
    .option("--channel <name>", "its column, or several with commas")
    .option("--rate <hz>", "samples per second (needed with --csv; default 100)")
    .option("--hr <bpm>", "heart rate of the synthetic pulse")
    .option("--resp <n>", "breaths per minute")
    .option("--noise <share>", "noise as a share of the pulse's height")
    .option("--motion <share>", "share of time with motion, 0 to 1")
    .option("--script <name>", "rest-to-exercise: a heart rate that rises and recovers")
    .option("--duration <seconds>", "end of the synthetic pulse")
    .option("--speed <n>", "times as fast as real time")
    .option("--corrupt <p>", "share of sample frames that are damaged on the wire")
    .option("--drop <p>", "share of sample frames that are never sent")
    .option("--seed <n>", "seed of everything random")
    .option("--frame <n>", "samples per frame (default about 40 ms)", wholePositive)
    .option("--link <path>", "symbolic link to the terminal, for a path that stays the same")
    .addHelpText(
      "after",
      `
Prints {"type":"tty","path"} at once, streams when a reader has opened it, and ends with {"type":"sent",...}.
Examples:
  $ biox emulate --hr 72
  $ biox emulate --csv run.csv.gz --channel ppg1 --rate 125 --speed 20
  $ biox emulate --script rest-to-exercise --corrupt 0.01 --link /tmp/wearable`,
    )
    .action(run);
}

async function run(flags: EmulateFlags): Promise<void> {
  findDevice(flags.device);
  const options = simOptions((name) => flags[name]);
  const common = {
    ...options,
    ...(flags.link === undefined ? {} : { link: flags.link }),
    ...(flags.frame === undefined ? {} : { frame: flags.frame }),
  };
  const emulator = await startEmulator(
    flags.csv === undefined
      ? { ...common, rate: options.rate ?? 100, channels: ["ppg"] }
      : { ...common, ...(await table(flags)) },
  );
  printJson({ type: "tty", path: emulator.path });
  process.on("SIGINT", emulator.stop).on("SIGTERM", emulator.stop);
  printJson(await emulator.sent);
}

async function table(flags: EmulateFlags) {
  const { csv, channel } = flags;
  if (csv === undefined || channel === undefined)
    throw new BioxError("INVALID_ARGUMENT", "The column of the CSV file is not named.", "Add --channel NAME.");
  const rate = numberParameter("rate", flags.rate, SIM_RANGES.rate);
  if (rate === undefined)
    throw new BioxError(
      "INVALID_ARGUMENT",
      "The rate of the CSV file is not known.",
      "Add --rate with its samples per second.",
    );
  for (const name of ["hr", "resp", "noise", "motion", "script", "duration"])
    if (flags[name] !== undefined)
      throw new BioxError(
        "INVALID_ARGUMENT",
        `--${name} is for the synthetic pulse and does not go with --csv.`,
        "Leave one of them out.",
      );
  const channels = channel.split(",");
  return { rate, channels, samples: (await readCsv(csv, channels)).values, format: "f32" as const };
}
