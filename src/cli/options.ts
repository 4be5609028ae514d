import { InvalidArgumentError, Option } from "commander";

const LONGEST_DURATION_S = 2_000_000;

/** Reads an option's number; commander then names the option in its message. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}

export function wholePositive(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("Expected a whole number above 0.");
  return value;
}

/** Seconds until a command ends; a longer time does not fit Node's timers. */
export function duration(text: string): number {
  const value = positive(text);
  if (value > LONGEST_DURATION_S)
    throw new InvalidArgumentError(`Expected at most ${LONGEST_DURATION_S} s; leave it out to run on.`);
  return value;
}

/** Seconds above 0 and up to a limit. */
function secondsUpTo(limit: number): (text: string) => number {
  return (text) => {
    const value = positive(text);
    if (value > limit) throw new InvalidArgumentError(`Expected at most ${limit} s.`);
    return value;
  };
}

/** The engine's own limit, refused here too, before a device is asked anything. */
export const hopSeconds = secondsUpTo(86_400);
/** Of one speed of a port. */
export const listeningSeconds = secondsUpTo(600);

/** How the bridge's weights are stored; without it as the bundle says. */
export function precisionOption(): Option {
  return new Option("--precision <type>", "of the bridge's weights (default: the bundle's)").choices([
    "float32",
    "float16",
    "int8",
  ]);
}

/** One line of NDJSON on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Reads one name=value and adds it to those before. */
export function deviceOption(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected name=value.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Reads one dimension=size and adds it to those before. */
export function dimensionSize(text: string, before: Record<string, number>): Record<string, number> {
  const at = text.lastIndexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected name=size.");
  return { ...before, [text.slice(0, at)]: wholePositive(text.slice(at + 1)) };
}

/**
 * Where the decoded samples of a recording go: where `--samples` says, nowhere with `--no-samples`, else beside the recording, `walk.csv`
 * beside `walk.bioxrec`.
 */
export function samplesPath(recording: string, samples: string | boolean | undefined): string | undefined {
  if (samples === false) return undefined;
  return typeof samples === "string" ? samples : `${recording.replace(/\.bioxrec$/, "")}.csv`;
}
