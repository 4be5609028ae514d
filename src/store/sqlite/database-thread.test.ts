import { afterEach, expect, it } from "vitest";
import { DatabaseThread } from "./database-thread.js";

let thread: DatabaseThread<string, string>;
afterEach(() => thread.close());

/** Starts a thread that says "open" and then does `body` with each `request`. */
function start(body: string, first = 'parentPort.postMessage({ answer: "open" });'): DatabaseThread<string, string> {
  const script = `import { parentPort } from "node:worker_threads";
    parentPort.on("message", (request) => { ${body} });
    ${first}`;
  thread = new DatabaseThread(new URL(`data:text/javascript,${encodeURIComponent(script)}`), undefined);
  return thread;
}

it("hands each request its own answer, in turn", async () => {
  start("parentPort.postMessage({ answer: request.toUpperCase() });");
  const replies = await Promise.all([thread.opened, thread.ask("a"), thread.ask("b"), thread.ask("c")]);
  expect(replies.map(({ answer }) => answer)).toEqual(["open", "A", "B", "C"]);
});

it("answers what waits, and all that comes later, with why the thread has failed", async () => {
  start('throw new Error("no more");');
  await thread.opened;
  const waiting = [thread.ask("a"), thread.ask("b")];
  expect(await Promise.all(waiting)).toEqual(Array(2).fill({ error: "its thread failed: no more" }));
  expect(await thread.ask("c")).toEqual({ error: "its thread failed: no more" });
});

it("says so where the thread ends by itself, or cannot start", async () => {
  start("process.exit();");
  expect(await thread.ask("a")).toEqual({ error: "its thread has ended" });
  start("", "not javascript");
  expect((await thread.opened).error).toMatch(/^its thread failed: /);
});

it("closes after what was asked before", async () => {
  start('parentPort.postMessage({ answer: request }); if (request === "close") parentPort.close();');
  const last = thread.ask("a");
  await thread.close();
  expect(await last).toEqual({ answer: "a" });
  expect((await thread.ask("b")).error).toBe("its thread has ended");
});
