import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../../paths.js";

const DAY_MS = 86_400_000;
const CHECK_MS = 600_000;
const RECORDING = /\.bioxrec(\.enc)?$/;

export interface KeeperOptions {
  /** With a folder of recordings for each wearer. */
  readonly folder: string;
  /** Recordings that ended longer ago are removed; kept for ever where it is undefined. */
  readonly days?: number | undefined;
  /** The oldest are removed when all of them take more, 10^9 bytes; no limit where it is undefined. */
  readonly gigabytes?: number | undefined;
  /** Paths of recordings that are being written: these stay. */
  readonly underWay: () => readonly string[];
  /** Told of each recording that was removed. */
  readonly onDelete: (removed: Removed) => void;
  readonly onProblem: (problem: string) => void;
}

export interface Removed {
  readonly path: string;
  readonly bytes: number;
  readonly reason: "age" | "size";
}

interface Found {
  readonly path: string;
  readonly bytes: number;
  /** When it was last written, epoch ms. */
  readonly ended: number;
}

/** Removes recordings that are too old, or too many: when it begins, and every ten minutes until it is closed. */
export class RecordingKeeper {
  private readonly timer: NodeJS.Timeout;
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly options: KeeperOptions) {
    this.timer = setInterval(() => void this.prune(), CHECK_MS);
    this.timer.unref();
    void this.prune();
  }

  /** Looks now. Never rejects. */
  prune(now = Date.now()): Promise<void> {
    this.work = this.work.then(() =>
      this.removeBeyond(now).catch((cause) => {
        const code = systemCode(cause) ?? String(cause);
        this.options.onProblem(`recordings in ${this.options.folder} cannot be looked through or removed: ${code}`);
      }),
    );
    return this.work;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.work;
  }

  private async removeBeyond(now: number): Promise<void> {
    const { days = Number.POSITIVE_INFINITY, gigabytes = Number.POSITIVE_INFINITY } = this.options;
    const found = (await recordings(this.options.folder)).sort((a, b) => a.ended - b.ended);
    const busy = new Set(this.options.underWay());
    let bytes = found.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of found) {
      const reason = now - file.ended > days * DAY_MS ? "age" : bytes > gigabytes * 1e9 ? "size" : undefined;
      if (reason === undefined || busy.has(file.path)) continue;
      await rm(file.path);
      bytes -= file.bytes;
      this.options.onDelete({ path: file.path, bytes: file.bytes, reason });
    }
  }
}

async function recordings(folder: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const wearer of await list(folder)) {
    if (!wearer.isDirectory()) continue;
    for (const file of await list(join(folder, wearer.name))) {
      if (!file.isFile() || !RECORDING.test(file.name)) continue;
      const path = join(folder, wearer.name, file.name);
      const { size, mtimeMs } = await stat(path);
      found.push({ path, bytes: size, ended: mtimeMs });
    }
  }
  return found;
}

/** Nothing where there is no such folder: nobody was recorded yet. */
async function list(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch((cause) => {
    if (systemCode(cause) === "ENOENT") return [];
    throw cause;
  });
}
