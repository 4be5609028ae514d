import { Command } from "commander";
import {
  BioxError,
  type DeviceDescriptor,
  type Emulator,
  findDevice,
  numberParameter,
  readCsv,
  SIM_RANGES,
  simOptions,
  startEmulator,
  startWearable,
} from "../index.js";
import { deviceOption, printJson, wholePositive } from "./options.js";

type EmulateFlags = Record<string, string | undefined> & { device: string };

interface TypedFlags {
  frame?: number;
  option: Record<string, string>;
}

export function emulateCommand(): Command {
  return new Command("emulate")
    .description("Plays a wearable through a pseudo-terminal: a CSV column, or a synthetic pulse.")
    .option("--device <id>", "device to be", "biox")
    .option("--option <name=value>", "option of the device; may be repeated", deviceOption, {})
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
  $ biox emulate --device openview --option board=max86150 --hr 72
  $ biox emulate --script rest-to-exercise --corrupt 0.01 --link /tmp/wearable`,
    )
    .action(run);
}

async function run(flags: EmulateFlags, command: Command): Promise<void> {
  const device = findDevice(flags.device);
  const typed = command.opts<TypedFlags>();
  const emulator = device.createEmulator ? await wearable(device, flags, typed) : await biox(device, flags, typed);
  printJson({ type: "tty", path: emulator.path });
  process.on("SIGINT", emulator.stop).on("SIGTERM", emulator.stop);
  printJson(await emulator.sent);
}

/** The device of the project's own frame, which is a program of its own. */
async function biox(device: DeviceDescriptor, flags: EmulateFlags, { frame, option }: TypedFlags): Promise<Emulator> {
  device.commands(option); // refuses what it does not have
  const options = simOptions((name) => flags[name]);
  const common = {
    ...options,
    ...(flags.link === undefined ? {} : { link: flags.link }),
    ...(frame === undefined ? {} : { frame }),
  };
  return startEmulator(
    flags.csv === undefined
      ? { ...common, rate: options.rate ?? 100, channels: ["ppg"] }
      : { ...common, ...(await table(flags)), format: "f32" },
  );
}

/** Any other device: its rate and frames are its own. */
async function wearable(
  device: DeviceDescriptor,
  flags: EmulateFlags,
  { frame, option }: TypedFlags,
): Promise<Emulator> {
  const own = ["motion", "script", ...(flags.csv === undefined ? ["rate"] : [])].filter(
    (name) => flags[name] !== undefined,
  );
  const [foreign] = frame === undefined ? own : ["frame", ...own];
  if (foreign !== undefined)
    throw new BioxError(
      "INVALID_ARGUMENT",
      `--${foreign} is not for device ${device.id}.`,
      "Leave it out; biox alone has it.",
    );
  const { rate: _, ...options } = simOptions((name) => flags[name]);
  const playback = flags.csv === undefined ? {} : { playback: await table(flags) };
  return startWearable(device, {
    ...options,
    ...playback,
    options: option,
    ...(flags.link === undefined ? {} : { link: flags.link }),
  });
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
  return { rate, channels, samples: (await readCsv(csv, channels)).values };
}
