import { lstat, readdir } from "node:fs/promises";

/**
 * How often it is looked, ms. By looking and not by inotify: that tells nothing of sysfs, nor of folders that do not exist yet, as
 * /dev/serial before the first adapter; and the names in two folders are soon read.
 */
const LOOK_MS = 1000;
const FOLDERS = ["/sys/class/tty", "/dev/serial/by-id"];

/** Tells when a port was plugged in or pulled out. */
export class HotPlug {
  readonly #listeners = new Map<() => void, string | undefined>();
  #timer: NodeJS.Timeout | undefined;
  #before: string | undefined;
  #looking = false;

  /**
   * Calls `listener` at each change of the ports of this machine, until the returned function is called.
   *
   * @param path watched, too: a port that is not in the usual folders
   */
  listen(listener: () => void, path: string | undefined): () => void {
    this.#listeners.set(listener, path);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#before = undefined;
    };
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const paths = [...new Set(this.#listeners.values())].filter((path) => path !== undefined).sort();
    const names = await Promise.all([
      ...FOLDERS.map((folder) =>
        readdir(folder).then(
          (list) => list.sort().join(),
          () => "",
        ),
      ),
      ...paths.map((path) =>
        lstat(path).then(
          ({ ino, ctimeMs }) => `${path} ${ino} ${ctimeMs}`,
          () => "",
        ),
      ),
    ]);
    this.#looking = false;
    const now = names.join("\n");
    const changed = this.#before !== undefined && this.#before !== now;
    this.#before = now;
    if (changed) for (const listener of [...this.#listeners.keys()]) listener();
  }
}
