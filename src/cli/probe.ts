import { Command } from "commander";
import { type ProbeFinding, type ProbeReport, printableLine, probePort } from "../index.js";
import { listeningSeconds, printJson } from "./options.js";
import { Stop } from "./stop.js";

interface ProbeFlags {
  seconds?: number;
  passive?: boolean;
  json?: boolean;
}

export function probeCommand(): Command {
  return new Command("probe")
    .description("Finds out which device is at a port.")
    .argument("<port>", "serial port")
    .option("--seconds <n>", "listen so long at each speed and after each question (default: 2)", listeningSeconds)
    .option("--passive", "send nothing: only devices that stream by themselves are found")
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      `
Listens at the speed of every known device, then asks those that wait for a command.
Exit code 1 where nothing is found.
Examples:
  $ biox devices probe /dev/ttyUSB0
  $ biox devices probe /dev/ttyACM0 --passive --json`,
    )
    .action(run);
}

async function run(port: string, _: object, command: Command): Promise<void> {
  // As `devices` has an option --json, too, it is that one that takes it.
  const flags = command.optsWithGlobals<ProbeFlags>();
  const stop = new Stop();
  const report = await probePort(port, {
    ...(flags.seconds === undefined ? {} : { seconds: flags.seconds }),
    passive: flags.passive === true,
    signal: stop.signal,
    onStep: (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`),
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const [best] = report.findings;
  if (flags.json) printJson({ type: "probe", ...report });
  else if (best) print(report, best);
  else process.stderr.write(`biox: ${nothing(report, flags.passive === true)}\n`);
  process.stdout.write("", () => process.exit(best ? 0 : 1));
}

function print({ port, findings }: ProbeReport, best: ProbeFinding): void {
  const out = (text: string): unknown => process.stdout.write(`${printableLine(text)}\n`);
  const firmware = best.firmware === "" ? "" : `, firmware ${best.firmware}`;
  out(`${best.device} (${best.name}${firmware}) at ${best.baud} baud, confidence ${best.confidence.toFixed(2)}`);
  for (const { name, channels, measured, nominal } of best.streams) {
    const heard = measured === undefined ? "too few samples to measure" : `${measured.toFixed(1)} samples a second`;
    out(`  ${name}: ${channels.join(", ")}: ${heard}, nominally ${+nominal.toFixed(2)}`);
  }
  const options = Object.entries(best.options).map(([name, value]) => `&${name}=${value}`);
  out(`Use it: --from "serial:${port}?device=${best.device}${options.join("")}"`);
  const others = findings.slice(1).map(({ device, confidence }) => `${device} (${confidence.toFixed(2)})`);
  if (others.length > 0) out(`Also possible: ${[...new Set(others)].join(", ")}`);
}

function nothing({ port, bytes }: ProbeReport, passive: boolean): string {
  if (bytes === 0)
    return `Nothing was heard from ${port}.\n      Check the cable, the power of the device, and that it is switched on${passive ? "; without --passive it would be asked, too" : ""}.`;
  return `${bytes} bytes came from ${port}, but no known device explains them.\n      Is its speed another one? Try serial:${port}?device=ascii&baud=N for plain text; 'biox devices' lists what is known.`;
}
