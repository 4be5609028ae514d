import type { Dirent } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemCode, unreadable, unwritable } from "../../paths.js";
import type { Forgotten } from "./forgotten.js";
import { influxLineOf, jsonLineOf, type OfWearer, removeLines } from "./lines.js";
import { countRows, removeRows, requireUnused } from "./sqlite-rows.js";

/** Where a gateway keeps what it knows of wearers. */
export interface Places {
  /** Folders that are looked through, with all below: its data, recordings, CSV files. */
  readonly folders: readonly string[];
  /** Files of InfluxDB's line protocol. */
  readonly lineFiles: readonly string[];
  /** Databases and journals that somebody else has open, who removes from them what is to be removed. */
  readonly held?: readonly string[];
}

/**
 * Removes everything of a wearer from the disk: folders of its name with all that is in them, rows of databases (`*.sqlite`, tables with a
 * column `wearer`), lines of journals (`*.journal`, `*.journal.old`) and of line-protocol files, and files that were set aside as damaged
 * and name it. Links are not followed.
 *
 * @param wearer 1 to 40 of `A-Z a-z 0-9 _ -`
 * @param dryRun only say what would be removed
 * @throws BioxError FILE_UNWRITABLE, before anything is removed, where a gateway that is running has a database open; FILE_UNREADABLE
 */
export async function forgetFiles(wearer: string, places: Places, dryRun: boolean): Promise<Forgotten> {
  const found: Found = { folders: [], databases: [], journals: [], damaged: [] };
  for (const folder of new Set(places.folders)) await look(folder, wearer, found);
  const held = new Set(places.held);
  const free = (paths: readonly string[]): Set<string> => new Set(paths.filter((path) => !held.has(path)));
  if (!dryRun) for (const path of free(found.databases)) await requireUnused(path);
  const whole = [...new Set(found.folders)];
  const files = (await Promise.all(whole.map(filesIn))).flat();
  for (const path of new Set(found.damaged)) if (await names(path, wearer)) files.push(await sized(path));
  const rows: Record<string, number> = {};
  for (const path of free(found.databases)) {
    const n = await (dryRun ? countRows(path, wearer) : removeRows(path, wearer));
    if (n > 0) rows[path] = n;
  }
  const lines: Record<string, number> = {};
  const clear = async (path: string, ofWearer: OfWearer): Promise<void> => {
    const n = await removeLines(path, ofWearer, dryRun);
    if (n > 0) lines[path] = n;
  };
  for (const path of free(found.journals)) await clear(path, jsonLineOf(wearer));
  for (const path of new Set(places.lineFiles)) if (await exists(path)) await clear(path, influxLineOf(wearer));
  if (!dryRun) for (const path of [...whole, ...files.map(({ path }) => path)]) await remove(path);
  return { files, rows, lines };
}

interface Found {
  readonly folders: string[];
  readonly databases: string[];
  readonly journals: string[];
  readonly damaged: string[];
}

async function look(folder: string, wearer: string, found: Found): Promise<void> {
  for (const entry of await list(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name === wearer) found.folders.push(path);
      else await look(path, wearer, found);
    } else if (!entry.isFile()) continue;
    else if (/\.damaged-[\w-]+$/.test(entry.name)) found.damaged.push(path);
    else if (/\.sqlite$/.test(entry.name)) found.databases.push(path);
    else if (/\.journal(\.old)?$/.test(entry.name)) found.journals.push(path);
  }
}

/** All files below a folder, none where there is no such folder. @throws BioxError FILE_UNREADABLE */
export async function filesIn(folder: string): Promise<{ path: string; bytes: number }[]> {
  const found: { path: string; bytes: number }[] = [];
  for (const entry of await list(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesIn(path)));
    else found.push(entry.isFile() ? await sized(path) : { path, bytes: 0 });
  }
  return found;
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return [];
    throw unreadable(folder, cause);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function sized(path: string): Promise<{ path: string; bytes: number }> {
  return { path, bytes: (await stat(path)).size };
}

/** Whether a file, of whatever content, has the id in it. */
async function names(path: string, wearer: string): Promise<boolean> {
  const content = await readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  return content.includes(wearer);
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((cause) => {
    throw unwritable(path, cause);
  });
}
