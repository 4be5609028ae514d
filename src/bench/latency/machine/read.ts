import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads facts below a root folder: `/` of this machine, or a made-up one in tests. What cannot be read is undefined. */
export class FactReader {
  constructor(private readonly root: string) {}

  /** The trimmed text of a file; NUL bytes, with which device trees end their strings, are taken out. */
  text(path: string): string | undefined {
    try {
      const text = readFileSync(join(this.root, path), "utf8").replaceAll("\0", "").trim();
      return text === "" ? undefined : text;
    } catch {
      return undefined;
    }
  }

  number(path: string): number | undefined {
    const text = this.text(path);
    const value = Number(text);
    return text === undefined || !Number.isFinite(value) ? undefined : value;
  }

  /** Names in a folder that match, in natural order: cpu2 before cpu10. */
  list(path: string, pattern: RegExp): string[] {
    try {
      return readdirSync(join(this.root, path))
        .filter((name) => pattern.test(name))
        .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    } catch {
      return [];
    }
  }
}
