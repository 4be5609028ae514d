import { readFileSync, renameSync, writeFileSync } from "node:fs";
import * as v from "valibot";

const schema = v.strictObject({ wearers: v.array(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,40}$/))) });

/** Wearers of whom the broker keeps something. It is known over restarts, so that it can be removed when they are gone. */
export class Announced {
  private readonly wearers: Set<string>;

  constructor(private readonly path: string) {
    this.wearers = new Set(read(path));
  }

  all(): string[] {
    return [...this.wearers];
  }

  has(wearer: string): boolean {
    return this.wearers.has(wearer);
  }

  add(wearer: string): void {
    if (this.wearers.has(wearer)) return;
    this.wearers.add(wearer);
    this.write();
  }

  remove(wearer: string): void {
    if (this.wearers.delete(wearer)) this.write();
  }

  private write(): void {
    try {
      writeFileSync(`${this.path}.new`, JSON.stringify({ wearers: this.all() }), { mode: 0o600 });
      renameSync(`${this.path}.new`, this.path);
    } catch {
      // A full disk: it is known to this process, and written with the next change.
    }
  }
}

function read(path: string): string[] {
  try {
    return v.parse(schema, JSON.parse(readFileSync(path, "utf8"))).wearers;
  } catch {
    return [];
  }
}
