import type { FactReader } from "./read.js";
import { runTool } from "./tool.js";

/** Bits of `vcgencmd get_throttled` (Raspberry Pi documentation, "vcgencmd"); those 16 higher say that it has happened since boot. */
const THROTTLE_BITS = ["under-voltage", "frequency capped", "throttled", "soft temperature limit"];

/** Degrees Celsius of each thermal zone by its type. */
export function temperatures(read: FactReader): Record<string, number> {
  const folder = "sys/class/thermal";
  const found: Record<string, number> = {};
  for (const zone of read.list(folder, /^thermal_zone\d+$/)) {
    const milli = read.number(`${folder}/${zone}/temp`);
    if (milli === undefined) continue;
    const type = read.text(`${folder}/${zone}/type`) ?? zone;
    found[type in found ? `${type} (${zone})` : type] = milli / 1000;
  }
  return found;
}

/** What slows a Raspberry Pi, now or since boot, as its firmware says; undefined where there is no such tool. */
export async function throttling(path?: string): Promise<string[] | undefined> {
  const [, hex] = /throttled=(0x[\da-f]+)/i.exec((await runTool("vcgencmd", ["get_throttled"], path)) ?? "") ?? [];
  if (hex === undefined) return undefined;
  const flags = Number(hex);
  return THROTTLE_BITS.flatMap((name, bit) => [
    ...(flags & (1 << bit) ? [`${name} now`] : []),
    ...(flags & (1 << (bit + 16)) ? [`${name} since boot`] : []),
  ]);
}

/** Power mode and one line of live state of a Jetson, as its own tools say them; undefined where there are none. */
export async function jetson(path?: string): Promise<{ powerMode?: string; state?: string } | undefined> {
  const mode = await runTool("nvpmodel", ["-q"], path);
  const state = await runTool("tegrastats", ["--interval", "500"], path);
  if (mode === undefined && state === undefined) return undefined;
  return {
    ...(mode === undefined ? {} : { powerMode: mode.replace(/\s*\n\s*/g, ", ") }),
    ...(state === undefined ? {} : { state: state.split("\n")[0]! }),
  };
}
