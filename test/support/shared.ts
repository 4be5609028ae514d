import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SHARED = new URL("../../../shared/", import.meta.url);

/** A file or folder beside the project that is not part of it; where it is missing a plain line says so. */
export function sharedPath(name: string): string | undefined {
  const path = fileURLToPath(new URL(name, SHARED));
  if (existsSync(path)) return path;
  process.stdout.write(`skipped: no ../shared/${name}\n`);
  return undefined;
}
