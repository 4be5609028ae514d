import { findDevice } from "../devices/registry.js";
import type { DeviceOptions } from "../devices/types.js";
import { BioxError, invalidArgument } from "../errors.js";

/** A serial port, the device at it, and the options of that device that were given. */
export interface SerialSpec {
  kind: "serial";
  path: string;
  device: string;
  options: DeviceOptions;
  baud: number | undefined;
  channels: string[] | undefined;
}

/** Where samples come from, as a user writes it; docs/cli.md lists the forms. */
export type SourceSpec =
  | SerialSpec
  | { kind: "replay"; path: string; channels: string[] | undefined; rate: number | undefined; speed: number }
  | { kind: "sim"; options: SimOptions; channels: string[] | undefined };

/** What the emulated wearable plays; see `biox emulate --help`. */
export interface SimOptions {
  /** Heart rate, bpm. */
  hr?: number;
  /** Breaths per minute. */
  resp?: number;
  /** Standard deviation of the noise as a share of the pulse's height. */
  noise?: number;
  /** Share of time with motion, 0 to 1. */
  motion?: number;
  /** A heart rate that changes by itself, in place of `hr`. */
  script?: "rest-to-exercise";
  /** Samples per second. */
  rate?: number;
  /** Device seconds per second. */
  speed?: number;
  /** Device seconds until the end; without it the emulator plays on. */
  duration?: number;
  /** Share of sample frames that are damaged on the wire, and that are never sent. */
  corrupt?: number;
  drop?: number;
  seed?: number;
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

/**
 * Number options of the emulator with the ranges that it plays truthfully: those of a human heart and breath, of rates
 * that hold its fastest pulse. firmware-bridge/emulator/options.c has the same.
 */
export const SIM_RANGES: Record<Exclude<keyof SimOptions, "script">, Range> = {
  hr: { min: 30, max: 220 },
  resp: { min: 4, max: 60 },
  noise: { min: 0, max: 1 },
  motion: { min: 0, max: 1 },
  rate: { min: 10, max: 4000 },
  speed: { min: 0.1, max: 1000 },
  duration: { min: 0.1, max: 1e7 },
  corrupt: { min: 0, max: 1 },
  drop: { min: 0, max: 1 },
  seed: { min: 0, max: 2 ** 31 - 1, whole: true },
};

const FORMS = "serial:/dev/ttyUSB0?device=biox, replay:FILE?channel=ppg&rate=125 or sim:?hr=72";

/**
 * Parses a source such as `serial:/dev/ttyUSB0?device=biox&baud=115200`, `replay:day.csv.gz?channel=ppg1&rate=125&speed=1`
 * or `sim:?hr=72`. A path that begins with /dev/ is a serial port. Options of a device are parameters, too: `&msb=128`.
 *
 * @throws BioxError SOURCE_INVALID for an unknown form or parameter, DEVICE_UNKNOWN, INVALID_ARGUMENT for a value out of range
 */
export function parseSource(uri: string): SourceSpec {
  const text = uri.startsWith("/dev/") ? `serial:${uri}` : uri;
  const match = /^(serial|replay|sim):([^?]*)(?:\?(.*))?$/s.exec(text);
  if (!match) throw new BioxError("SOURCE_INVALID", `'${uri}' is not a source.`, `Expected ${FORMS}.`);
  const [, kind, path = "", query = ""] = match;
  const params = new Parameters(uri, new URLSearchParams(query));
  const spec = read(kind as SourceSpec["kind"], path, params);
  params.refuseRest();
  return spec;
}

function read(kind: SourceSpec["kind"], path: string, params: Parameters): SourceSpec {
  const channels = params.take("channel")?.split(",");
  if (kind === "sim") {
    if (path !== "")
      throw new BioxError("SOURCE_INVALID", `A sim: source has no path, but '${path}' was given.`, "Write sim:?hr=72.");
    return { kind, options: simOptions((name) => params.take(name)), channels };
  }
  if (path === "") throw new BioxError("SOURCE_INVALID", `A ${kind}: source needs a path.`, `Expected ${FORMS}.`);
  if (kind === "serial") {
    const baud = params.number("baud", { min: 50, max: 4_000_000, whole: true });
    const device = findDevice(params.take("device") ?? "biox");
    const options: Record<string, string> = {};
    for (const { name } of device.options) {
      const value = params.take(name);
      if (value !== undefined) options[name] = value;
    }
    return { kind, path, device: device.id, options: options, baud, channels };
  }
  const rate = params.number("rate", { min: 0.1, max: 100_000 });
  return { kind, path, channels, rate, speed: params.number("speed", { min: 0.01, max: 1000 }) ?? 1 };
}

/** Reads the emulator's options from named texts: a URI's query or the command line. */
export function simOptions(take: (name: string) => string | undefined): SimOptions {
  const options: SimOptions = {};
  for (const name of Object.keys(SIM_RANGES) as (keyof typeof SIM_RANGES)[]) {
    const value = numberParameter(name, take(name), SIM_RANGES[name]);
    if (value !== undefined) options[name] = value;
  }
  const script = take("script");
  if (script !== undefined && script !== "rest-to-exercise")
    throw invalidArgument("script", "'rest-to-exercise'", script);
  if (script !== undefined && options.hr !== undefined)
    throw new BioxError(
      "INVALID_ARGUMENT",
      "hr and script cannot both be given: a script sets the heart rate itself.",
      "Leave one of them out.",
    );
  return script === undefined ? options : { ...options, script };
}

const PLAIN_DECIMAL = /^-?(\d+(\.\d+)?|\.\d+)$/;

/**
 * A number from text within a range; undefined stays undefined. Only plain decimal notation such as `72` or `0.05` is
 * taken: no exponent, no hexadecimal, no sign but a minus, no space around it.
 *
 * @throws BioxError INVALID_ARGUMENT
 */
export function numberParameter(name: string, text: string | undefined, range: Range): number | undefined {
  if (text === undefined) return undefined;
  const value = PLAIN_DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value) || value < range.min || value > range.max || (range.whole && !Number.isInteger(value)))
    throw invalidArgument(
      name,
      `${range.whole ? "a whole number" : "a number"} from ${range.min} to ${range.max}`,
      text,
    );
  return value;
}

class Parameters {
  private readonly known: string[] = [];

  constructor(
    private readonly uri: string,
    private readonly query: URLSearchParams,
  ) {
    const names = [...query.keys()];
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined)
      throw new BioxError(
        "SOURCE_INVALID",
        `'${uri}' gives the parameter '${twice}' ${query.getAll(twice).length} times.`,
        twice === "channel" ? "Name several channels in one: channel=red,ir." : "Give it once.",
      );
  }

  take(name: string): string | undefined {
    this.known.push(name);
    const value = this.query.get(name) ?? undefined;
    this.query.delete(name);
    return value;
  }

  number(name: string, range: Range): number | undefined {
    return numberParameter(name, this.take(name), range);
  }

  refuseRest(): void {
    const [rest] = this.query.keys();
    if (rest === undefined) return;
    throw new BioxError(
      "SOURCE_INVALID",
      `'${this.uri}' has an unknown parameter '${rest}'.`,
      `Known here: ${this.known.join(", ")}.`,
    );
  }
}
