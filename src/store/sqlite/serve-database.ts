/** The other side of {@link DatabaseThread}: what runs in the thread. It may wait for the disk as long as that takes. */

import { renameSync, rmSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type Sqlite from "better-sqlite3";
import { systemCode } from "../../paths.js";
import { CLOSE, type Reply } from "./database-thread.js";

interface Database {
  close(): void;
}

/** A database and how it answers. */
export interface Service<D extends Database, Request, Answer> {
  readonly path: string;
  /** Throws SQLite's error where the file is damaged, or the disk does not take it. */
  open(sqlite: typeof Sqlite): D;
  /** The answer to a request, or to none when the thread has started; throws SQLite's error. */
  answer(database: D, request: Request | undefined): Answer;
  /** What of an answer is handed over and not copied: main has no work with it but to read it. */
  handOver?(answer: Answer): ArrayBuffer[];
}

/** Answers the requests of main until it asks to close. A database that cannot be opened is tried again with each request. */
export async function serveDatabase<D extends Database, Request, Answer>(
  service: Service<D, Request, Answer>,
): Promise<void> {
  const port = parentPort!;
  // An optional dependency.
  const sqlite = await import("better-sqlite3").then((module) => module.default).catch(() => undefined);
  let database: D | undefined;

  function act(request: Request | undefined, aside?: string): Reply<Answer> {
    if (!sqlite) return { error: "better-sqlite3 is not installed", missing: true };
    const told = aside === undefined ? {} : { setAside: aside };
    try {
      database ??= service.open(sqlite);
      return { answer: service.answer(database, request), ...told };
    } catch (error) {
      if (!isDamage(error) || aside !== undefined) return { error: codeOf(error), ...told };
      try {
        database?.close();
        database = undefined;
        return act(request, setAside(service.path));
      } catch (cause) {
        return { error: codeOf(cause) };
      }
    }
  }

  function close(): Reply<Answer> {
    try {
      database?.close();
      return {};
    } catch (error) {
      return { error: codeOf(error) };
    }
  }

  function reply(said: Reply<Answer>): void {
    const { answer } = said;
    port.postMessage(said, (answer !== undefined && service.handOver?.(answer)) || []);
  }

  port.on("message", (request: Request | typeof CLOSE) => {
    reply(request === CLOSE ? close() : act(request));
    if (request === CLOSE) port.close();
  });
  reply(act(undefined));
}

/** A damaged file is kept for whoever wants to look into it, and out of the way. */
function setAside(path: string): string {
  const aside = `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, "-")}`;
  renameSync(path, aside);
  for (const ending of ["-wal", "-shm"]) rmSync(path + ending, { force: true });
  return aside;
}

function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return systemCode(error) ?? String(error);
}
