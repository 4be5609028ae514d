import { createHash } from "node:crypto";
import type { Bundle } from "../bundle/index.js";

/**
 * SHA-256, in lower-case hexadecimal digits, of all that the answer to a window depends on: the parts of the description that say how
 * it is prepared and run, and the hashes of the files. Two bundles of the same hash give the same answers.
 */
export function bundleHash({ manifest }: Pick<Bundle, "manifest">): string {
  const { new: modality, window, labels, prepare, lower, bridge, upper, probe, files } = manifest;
  const used = [lower.file, bridge.file, upper.file, ...(probe ? [probe.file] : [])];
  const hashes = used.map((name) => files[name]?.sha256);
  const what = { modality, seconds: window.seconds, labels, prepare, lower, bridge, upper, probe, hashes };
  return createHash("sha256").update(canonical(what)).digest("hex");
}

/** JSON with the keys of each object in order, so that the order in a file does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join(",")}}`;
}
