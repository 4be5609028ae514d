import { randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { BioxError } from "./errors.js";
import { unwritable } from "./paths.js";

/** How a file is made that appears when it is complete. */
export interface WholeFileOptions {
  /** Rights of a file that is new, 0o666 without the bits of the process's umask unless given. One that is replaced keeps its own. */
  readonly mode?: number;
  /**
   * Its name until it is complete, a new one beside it unless given. With a name of its own, what a process that was killed has left
   * there is written over; only one process at a time may write such a file.
   */
  readonly part?: string;
}

/**
 * A file that takes its name in one move, when it is complete and on the disk: whoever looks for it finds the old content or all of the
 * new, even when the disk runs full or the power fails on the way. A symbolic link stays, and the file behind it is replaced; that one
 * keeps its rights, and its owner where root writes. Where anything fails, what was written is removed.
 */
export class WholeFile {
  private constructor(
    readonly path: string,
    private readonly target: string,
    private readonly part: string,
    private readonly file: FileHandle,
  ) {}

  /** @throws BioxError FILE_UNWRITABLE, also where there is something that is no regular file: a move would take its place */
  static async create(path: string, { mode = 0o666, part }: WholeFileOptions = {}): Promise<WholeFile> {
    try {
      const target = await realpath(path).catch(() => path);
      const there = await find(target);
      if (there && !there.isFile())
        throw new BioxError(
          "FILE_UNWRITABLE",
          `File '${path}' cannot be written: it is no regular file.`,
          "Choose another path.",
        );
      const name = part ?? `${target}.${randomUUID().slice(0, 8)}.part`;
      const whole = new WholeFile(path, target, name, await open(name, part === undefined ? "wx" : "w", mode));
      if (there) await whole.fill((file) => takeOver(file, there));
      return whole;
    } catch (cause) {
      throw asUnwritable(path, cause);
    }
  }

  /** Has something written into it. @throws BioxError as `write` does, FILE_UNWRITABLE for whatever else it throws */
  fill<T>(write: (file: FileHandle) => Promise<T>): Promise<T> {
    return this.attempt(() => write(this.file));
  }

  /** Brings it to the disk, still under its other name. @throws BioxError FILE_UNWRITABLE */
  complete(): Promise<void> {
    return this.attempt(async () => {
      await this.file.sync();
      await this.file.close();
    });
  }

  /** Lets it take its name, once it is complete. @throws BioxError FILE_UNWRITABLE */
  async place(): Promise<void> {
    await this.attempt(() => rename(this.part, this.target));
    await syncFolder(dirname(this.target));
  }

  /** Takes back what was written, unless it has its name already. */
  async discard(): Promise<void> {
    await this.file.close();
    await rm(this.part, { force: true });
  }

  private async attempt<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      // Why it failed matters more than that the rest stays behind.
      await this.discard().catch(() => {});
      throw asUnwritable(this.path, cause);
    }
  }
}

/**
 * Writes a file in one move: whoever looks for it finds the old content or all of the new, which is on the disk when the promise
 * resolves. A symbolic link stays, a file that is replaced keeps its rights (and its owner where root writes), and where anything fails
 * nothing is left behind. What is no regular file (/dev/null, a pipe) is written as it is.
 *
 * @throws BioxError FILE_UNWRITABLE
 */
export async function writeWhole(path: string, bytes: Uint8Array, options: WholeFileOptions = {}): Promise<void> {
  const there = await find(path).catch((cause) => {
    throw unwritable(path, cause);
  });
  if (there && !there.isFile()) {
    await writeFile(path, bytes).catch((cause) => {
      throw unwritable(path, cause);
    });
    return;
  }
  const whole = await WholeFile.create(path, options);
  await whole.fill((file) => file.writeFile(bytes));
  await whole.complete();
  await whole.place();
}

/** What is at a path; undefined where nothing is. */
async function find(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

async function takeOver(file: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  // In a container even root may not give files to everybody.
  if (process.getuid?.() === 0) await file.chown(uid, gid).catch(() => {});
  await file.chmod(mode & 0o777);
}

/** So that a power failure does not undo the move. Not every folder can be opened, nor every file system asked: the file is in place. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    await folder.sync().finally(() => folder.close());
  } catch {
    return;
  }
}

function asUnwritable(path: string, cause: unknown): BioxError {
  return cause instanceof BioxError ? cause : unwritable(path, cause);
}
