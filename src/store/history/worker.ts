/** The thread that keeps the history. */

import { workerData } from "node:worker_threads";
import { openFile } from "../sqlite/open-file.js";
import { serveDatabase } from "../sqlite/serve-database.js";
import { HistoryDatabase } from "./database.js";
import type { HistoryAnswer, HistoryRequest, HistoryStart } from "./protocol.js";

const { path, limits } = workerData as HistoryStart;

await serveDatabase<HistoryDatabase, HistoryRequest, HistoryAnswer>({
  path,
  open: (sqlite) => openFile(sqlite, path, "NORMAL", (db) => new HistoryDatabase(db, limits)),
  answer: (database, request) => {
    if (request?.type === "query") return { pages: database.query(request.wearer, request) };
    if (request?.type === "forget") return { forgotten: database.forget(request.wearer) };
    if (request) database.write(request.rows, request.now);
    return {};
  },
  handOver: ({ pages = [] }) => pages.map(({ buffer }) => buffer),
});
