/** A wearer is forgotten: nothing of them is left below the data folder, and what others left stays. */

import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { createSink, type GatewayMessage, openStorage } from "biox-edge/gateway";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Biox, biox } from "./support/biox.js";
import { until } from "./support/until.js";

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biox-forget-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const at = (...names: string[]): string => join(folder, ...names);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function put(path: string, content: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}

/** Every file below the data folder, by its path, with its content; but for the empty log that a reader of a database leaves. */
function everything(): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const name of readdirSync(at("data"), { recursive: true, encoding: "utf8" }))
    if (statSync(at("data", name)).isFile() && !/-(wal|shm)$/.test(name))
      found.set(name, readFileSync(at("data", name)));
  return found;
}

const marker = (wearer: string, i: number): GatewayMessage => ({
  id: `0192${i}`,
  at: Date.now() - i,
  wearer,
  type: "marker",
  name: `said-of-${wearer}`,
  by: "http",
});

function configuration(port: number, wearers: readonly string[] = []): string {
  const ids = wearers.map((id) => `  - { id: ${id}, source: "sim:?hr=72" }\n`).join("");
  put(
    "gateway.yaml",
    `gateway: g
data: data
listen: { port: 0 }
wearers:${ids === "" ? " []" : `\n${ids}`}
sinks:
  - { type: mqtt, url: "mqtt://127.0.0.1:${port}" }
  - { type: influx, file: data/points.lp }
  - { type: csv, folder: tables }
`,
  );
  return at("gateway.yaml");
}

/** What a gateway leaves behind of two wearers, written by its own parts. */
async function leave(port: number): Promise<void> {
  mkdirSync(at("data"), { recursive: true });
  const storage = await openStorage(
    { data: at("data"), history: { days: 7, gigabytes: 1 }, recordings: { folder: "recordings", keep: {} } },
    silent,
  );
  const context = { gateway: "g", data: at("data"), log: silent };
  const sinks = [
    await createSink({ type: "mqtt", ...(await mqtt(port)) } as never, context),
    await createSink({ type: "csv", name: "csv", folder: "tables" }, context),
  ];
  for (let i = 0; i < 300; i++)
    for (const wearer of ["w07", "w08"]) {
      storage.history.take(marker(wearer, i));
      for (const sink of sinks) sink.take(marker(wearer, i));
    }
  await Promise.all(sinks.map((sink) => sink.close(2000)));
  await storage.history.close();
  put(
    "data/points.lp",
    "biox_marker,gateway=g,wearer=w07 n=1 1\nbiox_marker,gateway=g,wearer=w08 n=1 1\nbiox_marker,gateway=g,wearer=w070 n=1 1\n",
  );
  for (const wearer of ["w07", "w08"]) {
    put(`data/recordings/${wearer}/${wearer}-2026-01-31T13-00-00.000Z.bioxrec`, `BIOXREC1 of ${wearer}`);
    put(`data/history.sqlite.damaged-${wearer}`, `half a database, ${wearer}`);
  }
  // The broker has been reached once, and keeps something of both.
  put("data/queues/mqtt.announced.json", '{"wearers":["w07","w08"]}');
  put(
    "data/queues/mqtt.journal.old",
    `{"seq":1,"id":"a","wearer":"w07","at":1,"body":"x"}\n{"seq":2,"id":"b","wearer":"w08","at":1,"body":"x"}\n-1\n`,
  );
}

/** Settings of the MQTT sink as the configuration gives them. */
async function mqtt(port: number) {
  const { sinksSettings } = await import("../dist/sinks/settings.js");
  const v = await import("valibot");
  return v.parse(sinksSettings, [{ type: "mqtt", url: `mqtt://127.0.0.1:${port}` }])[0];
}

const free = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

it("removes files, rows, lines and queued messages of one wearer, and says what", async () => {
  const port = await free();
  await leave(port);
  const config = configuration(port);
  const before = everything();
  expect(
    [...before].filter(([name, content]) => `${name}${content.toString("latin1")}`.includes("w07")).length,
  ).toBeGreaterThan(6);

  const [dry] = (await biox(["forget", "w07", "--config", config, "--dry-run", "--json"])).lines;
  expect(dry).toMatchObject({ type: "forgotten", dryRun: true, brokers: [{ sink: "mqtt", state: "kept" }] });
  expect([...everything()]).toEqual([...before]);

  const [report] = (await biox(["forget", "w07", "--config", config, "--json"])).lines;
  const under = (path: string): string => relative(at("data"), path);
  expect(report.files.map(({ path }: { path: string }) => under(path)).sort()).toEqual(
    dry.files.map(({ path }: { path: string }) => under(path)).sort(),
  );
  expect(report.files.map(({ path }: { path: string }) => under(path)).sort()).toEqual([
    "history.sqlite.damaged-w07",
    "recordings/w07/w07-2026-01-31T13-00-00.000Z.bioxrec",
    expect.stringMatching(/^tables\/w07\/[\d-]+\.csv$/),
  ]);
  const counts = (map: Record<string, number>) =>
    Object.fromEntries(Object.entries(map).map(([k, n]) => [under(k), n]));
  expect(counts(report.rows)).toEqual({ "history.sqlite": 300, "queues/mqtt.sqlite": 300 });
  expect(counts(report.lines)).toMatchObject({ "queues/mqtt.journal.old": 1, "points.lp": 1 });
  expect(report.brokers).toEqual([{ sink: "mqtt", state: "unreachable" }]);
  expect(report.remains.join(" ")).toMatch(/was not reached.*What sink 'mqtt' has sent.*log/);

  const after = everything();
  for (const [name, content] of after) {
    // w070 is somebody else; and what the broker keeps is to be removed when it is reached, which the report says.
    const text = `${name}\n${content.toString("latin1")}`.replaceAll("w070", "");
    if (!name.endsWith("announced.json")) expect(text.includes("w07"), name).toBe(false);
  }
  expect(
    [...after].filter(([name, content]) => `${name}${content.toString("latin1")}`.includes("w08")).length,
  ).toBeGreaterThan(6);
  expect(after.get("points.lp")!.toString()).toBe(
    "biox_marker,gateway=g,wearer=w08 n=1 1\nbiox_marker,gateway=g,wearer=w070 n=1 1\n",
  );
  const [again] = (await biox(["forget", "w07", "--config", config, "--json", "--dry-run"])).lines;
  expect(again).toMatchObject({ files: [], rows: {}, lines: {} });
  const [other] = (await biox(["forget", "w08", "--config", config, "--json", "--dry-run"])).lines;
  expect(counts(other.rows)).toEqual({ "history.sqlite": 300, "queues/mqtt.sqlite": 300 });
}, 90_000);

it("has the broker remove what it keeps, where it is reached", async () => {
  const port = await free();
  const broker = spawn("mosquitto", ["-p", `${port}`], { stdio: "ignore" });
  children.push(broker);
  const missing = await new Promise<boolean>((resolve) => {
    broker.once("error", () => resolve(true));
    broker.once("spawn", () => resolve(false));
  });
  if (missing) {
    console.log("skipped: no mosquitto");
    return;
  }
  put("data/queues/mqtt.announced.json", '{"wearers":["w07","w08"]}');
  const [report] = (await biox(["forget", "w07", "--config", configuration(port), "--json"])).lines;
  expect(report.brokers).toEqual([{ sink: "mqtt", state: "cleared" }]);
  for (const [name, content] of everything()) expect(`${name}${content}`.includes("w07"), name).toBe(false);
  expect(readFileSync(at("data/queues/mqtt.announced.json"), "utf8")).toContain("w08");
}, 60_000);

it("is done by a gateway that runs, which goes on, and of others nothing is lost", async () => {
  const port = await free();
  await leave(port);
  put("data/queues/gone.sqlite.damaged-x", "of w07");
  // Of a sink that is no more, so that nobody has its queue open.
  put("data/queues/gone.journal", '{"seq":1,"id":"a","wearer":"w07","at":1,"body":"x"}\n');
  const config = configuration(port, ["w07", "w08"]);
  const served = new Biox(["serve", config]);
  children.push(served.child);
  let log = "";
  served.child.stderr!.on("data", (text) => {
    log += text;
  });
  await until("it is ready", () => log.includes("gateway is ready"));
  await until("it has told of both", () => /w07.*source is open/.test(log) && /w08.*source is open/.test(log));

  // The file has the wearer no more, but nobody has told the gateway.
  configuration(port, ["w08"]);
  const early = await biox(["forget", "w07", "--config", config]);
  expect(early).toMatchObject({ code: 1, stderr: expect.stringMatching(/in the configuration[\s\S]*SIGHUP/) });
  expect(existsSync(at("data/recordings/w07"))).toBe(true);
  served.child.kill("SIGHUP");
  await until("it has read that", () => log.includes("configuration is read again"));

  const [report] = (await biox(["forget", "w07", "--config", config, "--json"])).lines;
  expect(report).toMatchObject({ type: "forgotten", wearer: "w07", dryRun: false });
  const under = (path: string): string => relative(at("data"), path);
  expect(report.files.map(({ path }: { path: string }) => under(path)).sort()).toEqual([
    "history.sqlite.damaged-w07",
    "queues/gone.sqlite.damaged-x",
    "recordings/w07/w07-2026-01-31T13-00-00.000Z.bioxrec",
    expect.stringMatching(/^tables\/w07\/[\d-]+\.csv$/),
  ]);
  const rows = Object.fromEntries(Object.entries(report.rows).map(([path, n]) => [under(path), n]));
  // Those that were left behind, and what the gateway has said of the wearer since.
  expect(rows["history.sqlite"]).toBeGreaterThan(300);
  expect(rows["queues/mqtt.sqlite"]).toBeGreaterThan(300);
  expect(Object.fromEntries(Object.entries(report.lines).map(([path, n]) => [under(path), n]))).toMatchObject({
    "points.lp": expect.any(Number),
    "queues/gone.journal": 1,
  });
  expect(report.brokers).toEqual([{ sink: "mqtt", state: "unreachable" }]);

  // Another gateway cannot take the same folder.
  const second = await biox(["serve", config]);
  expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/is in use by another gateway/) });
  expect((await served.stop("SIGTERM")).code).toBe(0);

  for (const [name, content] of everything()) {
    const text = `${name}\n${content.toString("latin1")}`.replaceAll("w070", "");
    if (!name.endsWith("announced.json")) expect(text.includes("w07"), name).toBe(false);
  }
  const [other] = (await biox(["forget", "w08", "--config", config, "--json", "--dry-run"])).lines;
  expect(Object.values(other.rows as Record<string, number>).every((n) => n > 300)).toBe(true);
  expect(other.files.map(({ path }: { path: string }) => under(path))).toContainEqual(
    "recordings/w08/w08-2026-01-31T13-00-00.000Z.bioxrec",
  );
}, 240_000);

it("refuses before anything is removed: a wearer of the configuration, a gateway that runs, and what is no id", async () => {
  const port = await free();
  await leave(port);
  const before = everything();
  const kept = await biox(["forget", "w07", "--config", configuration(port, ["w07"])]);
  expect(kept).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/'w07' is in the configuration[\s\S]*Take it out/),
  });
  expect((await biox(["forget", "../w07", "--config", configuration(port)])).stderr).toContain(
    "Expected wearer to be an id",
  );

  const storage = await openStorage(
    { data: at("data"), history: { days: 7, gigabytes: 1 }, recordings: { folder: "recordings", keep: {} } },
    silent,
  );
  try {
    const running = await biox(["forget", "w07", "--config", configuration(port)]);
    expect(running.code).toBe(1);
    expect(running.stderr).toMatch(/history\.sqlite' is in use by a gateway[\s\S]*Stop it first/);
    expect(await storage.history.query("w07", { limit: 1000 })).toHaveLength(300);
    const dry = await biox(["forget", "w07", "--config", configuration(port), "--dry-run"]);
    expect(dry.stdout).toMatch(/Would remove of w07: 3 files \(\d+ bytes\), 600 rows, 2 lines\./);
  } finally {
    await storage.history.close();
  }
  const names = (map: Map<string, Buffer>): string[] => [...map.keys()].sort();
  expect(names(everything())).toEqual(names(before));
}, 90_000);
