/** The thread that keeps the database of one queue. */

import { workerData } from "node:worker_threads";
import { openFile } from "../sqlite/open-file.js";
import { serveDatabase } from "../sqlite/serve-database.js";
import { QueueDatabase } from "./database.js";
import type { StoreAnswer, StoreRequest, StoreStart } from "./protocol.js";

const { path, limits } = workerData as StoreStart;

function act(database: QueueDatabase, request: StoreRequest | undefined): Omit<StoreAnswer, "held"> {
  switch (request?.type) {
    case "write":
      return { dropped: database.write(request.insert, request.remove, request.now) };
    case "read":
      return { entries: database.read(request.after, request.most) };
    case "forget":
      return { forgotten: database.forget(request.wearer) };
    default:
      return {};
  }
}

await serveDatabase<QueueDatabase, StoreRequest, StoreAnswer>({
  path,
  open: (sqlite) => openFile(sqlite, path, "FULL", (db) => new QueueDatabase(db, limits)),
  answer: (database, request) => ({ ...act(database, request), held: database.held }),
});
