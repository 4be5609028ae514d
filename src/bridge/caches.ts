import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { invalidArgument } from "../errors.js";

/** Bytes of the caches that one core reads through; `l3` is 0 where there is none, as on a Raspberry Pi 4. */
export interface Caches {
  l1d: number;
  l2: number;
  l3: number;
}

/** What small boards have at least, where the system does not tell. */
const UNKNOWN: Caches = { l1d: 32 << 10, l2: 512 << 10, l3: 0 };

const LINUX = "/sys/devices/system/cpu/cpu0/cache";

/** "48K" or "32M" of sysfs in bytes; NaN for anything else. */
function bytesOf(text: string): number {
  const [, digits, unit] = /^(\d+)([KMG]?)$/.exec(text.trim()) ?? [];
  return Number(digits) * 1024 ** " KMG".indexOf(unit || " ");
}

/** The first core's data and unified caches as Linux lists them: one folder each with `level`, `type` and `size`. */
export function linuxCaches(folder = LINUX): Caches {
  const found: Partial<Caches> = {};
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith("index"))) {
    const read = (file: string): string => readFileSync(join(folder, name, file), "utf8").trim();
    const size = bytesOf(read("size"));
    if (read("type") === "Instruction" || !(size > 0)) continue;
    const level = read("level");
    if (level === "1") found.l1d = size;
    else if (level === "2") found.l2 = size;
    else if (level === "3") found.l3 = size;
  }
  return { ...UNKNOWN, ...found };
}

/** The performance cores' on Apple silicon; macOS tells of no third level there. */
function macCaches(): Caches {
  const read = (name: string): number => {
    try {
      return Number(execFileSync("/usr/sbin/sysctl", ["-n", name], { encoding: "utf8", stdio: "pipe" })) || 0;
    } catch {
      return 0;
    }
  };
  return {
    l1d: read("hw.perflevel0.l1dcachesize") || read("hw.l1dcachesize") || UNKNOWN.l1d,
    l2: read("hw.perflevel0.l2cachesize") || read("hw.l2cachesize") || UNKNOWN.l2,
    l3: read("hw.l3cachesize"),
  };
}

/**
 * Sizes that were given in place of this machine's.
 *
 * @throws BioxError INVALID_ARGUMENT for one that is no number of bytes
 */
export function checkCaches(caches: Caches): Caches {
  if (caches === null || typeof caches !== "object")
    throw invalidArgument("caches", "an object with l1d, l2, l3", caches);
  for (const level of ["l1d", "l2", "l3"] as const)
    if (!Number.isFinite(caches[level]) || caches[level] < 0)
      throw invalidArgument(`caches.${level}`, "a number of bytes from 0", caches[level]);
  return { l1d: caches.l1d, l2: caches.l2, l3: caches.l3 };
}

let known: Caches | undefined;

/** Of this machine, read once; a small board's where the system does not tell. */
export function machineCaches(): Caches {
  if (known === undefined) {
    try {
      known = process.platform === "linux" ? linuxCaches() : process.platform === "darwin" ? macCaches() : UNKNOWN;
    } catch {
      known = UNKNOWN;
    }
  }
  return { ...known };
}
