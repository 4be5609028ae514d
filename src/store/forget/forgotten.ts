import { resolve } from "node:path";

/** What was removed of a wearer, or with a dry run would be. */
export interface Forgotten {
  /** Files that were of this wearer alone: recordings, tables, and damaged files that named it. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Databases, and how many rows; of one that waits for its disk rows that were not in it yet, too. */
  readonly rows: Readonly<Record<string, number>>;
  /** Text files, and how many lines. */
  readonly lines: Readonly<Record<string, number>>;
}

export const NOTHING: Forgotten = { files: [], rows: {}, lines: {} };

/** So many rows of one database. */
export function rowsOf(path: string, rows: number): Forgotten {
  return rows === 0 ? NOTHING : { ...NOTHING, rows: { [resolve(path)]: rows } };
}

/** What several have removed. */
export function allForgotten(parts: readonly Forgotten[]): Forgotten {
  const sum = (counts: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
    const all: Record<string, number> = {};
    for (const [path, n] of counts.flatMap((each) => Object.entries(each))) all[path] = (all[path] ?? 0) + n;
    return all;
  };
  return {
    files: parts.flatMap(({ files }) => files),
    rows: sum(parts.map(({ rows }) => rows)),
    lines: sum(parts.map(({ lines }) => lines)),
  };
}
