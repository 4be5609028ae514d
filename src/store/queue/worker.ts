/** The thread that keeps the database of one queue: it may wait for the disk as long as that takes. */

import { renameSync, rmSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type Sqlite from "better-sqlite3";
import { QueueDatabase } from "./database.js";
import type { StoreReply, StoreRequest, StoreStart } from "./protocol.js";

const { path, limits } = workerData as StoreStart;
const port = parentPort!;
let open: typeof Sqlite | undefined;
let database: QueueDatabase | undefined;

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
const damaged = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(codeOf(error));

/** A damaged file is kept for whoever wants to look into it, and out of the way. */
function setAside(): string {
  database?.close();
  database = undefined;
  const aside = `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, "-")}`;
  renameSync(path, aside);
  for (const ending of ["-wal", "-shm"]) rmSync(path + ending, { force: true });
  return aside;
}

/** Does something with the database, which is opened again where it could not be before, and begun anew where it is damaged. */
function withDatabase(act: (database: QueueDatabase) => StoreReply): StoreReply {
  if (!open) return { error: "better-sqlite3 is not installed", missing: true };
  let aside: string | undefined;
  for (;;) {
    try {
      database ??= new QueueDatabase(open, path, limits);
      const reply = act(database);
      return { ...reply, held: database.held, ...(aside === undefined ? {} : { setAside: aside }) };
    } catch (error) {
      const failed = { error: codeOf(error), ...(aside === undefined ? {} : { setAside: aside }) };
      if (!damaged(error) || aside !== undefined) return failed;
      try {
        aside = setAside();
      } catch (cause) {
        return { error: codeOf(cause) };
      }
    }
  }
}

function answer(request: StoreRequest): StoreReply {
  if (request.type === "write")
    return withDatabase((db) => ({ dropped: db.write(request.insert, request.remove, request.now) }));
  if (request.type === "read") return withDatabase((db) => ({ entries: db.read(request.after, request.most) }));
  if (request.type === "forget") return withDatabase((db) => ({ forgotten: db.forget(request.wearer) }));
  database?.close();
  port.close();
  return {};
}

try {
  open = (await import("better-sqlite3")).default;
} catch {
  // An optional dependency: the queue is in memory alone then.
}
port.on("message", (request: StoreRequest) => port.postMessage(answer(request)));
port.postMessage(withDatabase(() => ({})));
