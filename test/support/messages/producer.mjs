/**
 * A gateway's sink in a process that a test may kill: `node producer.mjs MODULES SETTINGS DATA LEDGER EVERY_MS MOST`. It takes a message
 * each EVERY_MS, MOST in all, and writes the id of each to LEDGER once the sink has taken it. Ends by itself when everything is delivered.
 */

import { appendFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, settings, data, ledger, every, most] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${modules}/${path}`).href);
const { createSink } = await load("sinks/create-sink.js");
const { sinkSettings } = await load("sinks/settings.js");
const { messageId } = await load("sinks/message-id.js");
const { parse } = await import("valibot");

const quiet = { info() {}, warn() {}, error() {} };
const sink = await createSink(parse(sinkSettings, JSON.parse(settings)), { gateway: "g1", data, log: quiet });
console.log("taking");
for (let n = 0; n < Number(most); n++) {
  const at = Date.now();
  const id = messageId(at);
  sink.take({ id, at, wearer: "w01", type: "marker", name: `marker ${n}`, by: String(process.pid) });
  appendFileSync(ledger, `${id}\n`);
  await new Promise((resolve) => setTimeout(resolve, Number(every)));
}
while (sink.report().waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20));
await sink.close(5000);
console.log(JSON.stringify(sink.report()));
