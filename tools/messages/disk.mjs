/**
 * What a queue's files cost on this disk, µs: a line of the journal, which main writes, and a commit of SQLite with and without waiting
 * for the disk. `node tools/messages/disk.mjs [FOLDER]`; prints percentiles over 500 messages of 600 characters.
 */

import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "biox-disk-"));
const body = "x".repeat(600);

function measure(name, act) {
  const took = Array.from({ length: 500 }, (_, n) => {
    const begin = performance.now();
    act(n);
    return (performance.now() - begin) * 1000;
  }).sort((a, b) => a - b);
  const [p50, p99, most] = [250, 495, 499].map((n) => Math.round(took[n]));
  console.log(JSON.stringify({ name, p50, p99, most }));
}

const journal = openSync(join(folder, "journal"), "a");
measure("line of the journal", () => writeSync(journal, `${body}\n`));
closeSync(journal);
for (const synchronous of ["NORMAL", "FULL"]) {
  const db = new Database(join(folder, synchronous));
  db.pragma("journal_mode = WAL");
  db.pragma(`synchronous = ${synchronous}`);
  db.exec("CREATE TABLE messages (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)");
  const insert = db.prepare("INSERT INTO messages VALUES (?, ?)");
  measure(`commit, synchronous=${synchronous}`, (n) => insert.run(n, body));
  db.close();
}
rmSync(folder, { recursive: true });
