import { parse } from "node:path";
import type { StreamDescriptor } from "../../devices/types.js";

/**
 * Paths of files that hold one stream each: the path itself where there is one stream, else with the stream's name before its ending, such
 * as `walk-pulse.csv`. Letters and digits of the name stay, anything else becomes `_`; names that are then the same get the stream's id.
 */
export function streamPaths(path: string, streams: readonly Pick<StreamDescriptor, "id" | "name">[]): string[] {
  if (streams.length === 1) return [path];
  const names = streams.map(({ name }) => name.replace(/[^A-Za-z0-9]+/g, "_") || "stream");
  const { dir, name, ext } = parse(path);
  const before = dir === "" ? "" : dir.endsWith("/") ? dir : `${dir}/`;
  return streams.map(({ id }, i) => {
    const own = names[i]!;
    const single = names.filter((other) => other === own).length === 1;
    return `${before}${name}-${single ? own : `${own}_${id}`}${ext}`;
  });
}
