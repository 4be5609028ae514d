/** The thread that keeps the history: it may wait for the disk as long as that takes. */

import { renameSync, rmSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type Sqlite from "better-sqlite3";
import { HistoryDatabase } from "./database.js";
import type { HistoryReply, HistoryRequest, HistoryStart } from "./protocol.js";

const { path, limits } = workerData as HistoryStart;
const port = parentPort!;
let open: typeof Sqlite | undefined;
let database: HistoryDatabase | undefined;

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);

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
function withDatabase(act: (database: HistoryDatabase) => HistoryReply, aside?: string): HistoryReply {
  if (!open) return { missing: true };
  const told = aside === undefined ? {} : { setAside: aside };
  try {
    database ??= HistoryDatabase.open(open, path, limits);
    return { ...act(database), ...told };
  } catch (error) {
    if (!/^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(codeOf(error)) || aside !== undefined)
      return { error: codeOf(error), ...told };
    try {
      return withDatabase(act, setAside());
    } catch (cause) {
      return { error: codeOf(cause) };
    }
  }
}

function answer(request: HistoryRequest): HistoryReply {
  if (request.type === "query") return withDatabase((db) => ({ pages: db.query(request.wearer, request) }));
  if (request.type === "forget") return withDatabase((db) => ({ forgotten: db.forget(request.wearer) }));
  if (request.type === "write")
    return withDatabase((db) => {
      db.write(request.rows, request.now);
      return {};
    });
  try {
    database?.close();
  } catch (error) {
    return { error: codeOf(error) };
  } finally {
    port.close();
  }
  return {};
}

try {
  open = (await import("better-sqlite3")).default;
} catch {
  // An optional dependency.
}
port.on("message", (request: HistoryRequest) => {
  const reply = answer(request);
  // Handed over, not copied: main has no work with it but to read it.
  port.postMessage(
    reply,
    (reply.pages ?? []).map(({ buffer }) => buffer),
  );
});
port.postMessage(withDatabase(() => ({})));
