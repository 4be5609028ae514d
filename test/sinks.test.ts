/** Messages to InfluxDB and to CSV files. */

import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSink, type GatewayMessage, type Sink, sinkSettings } from "biox-edge/gateway";
import { parse as parseCsv } from "csv-parse/sync";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exampleMessages, examplePrediction } from "./support/messages/examples.js";

let folder: string;
let sinks: Sink[];
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biox-sinks-"));
  sinks = [];
  told = [];
});
afterEach(async () => {
  for (const sink of sinks) await sink.close(100);
  rmSync(folder, { recursive: true });
});

async function open(settings: object): Promise<Sink> {
  const say = (_facts: object, sentence: string): void => {
    told.push(sentence);
  };
  const context = { gateway: "g1", data: folder, log: { info: say, warn: say, error: say } };
  const sink = await createSink(v.parse(sinkSettings, settings), context);
  sinks.push(sink);
  return sink;
}

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function marker(name: string, at = Date.now()): GatewayMessage {
  return { id: examplePrediction().id, at, wearer: "w01", type: "marker", name, by: "test" };
}

/** A server of InfluxDB's write interface that can be told how to answer. */
class FakeInflux {
  readonly lines: string[] = [];
  readonly requests: { url: string; headers: IncomingHttpHeaders; lines: string[] }[] = [];
  answer: (lines: string[]) => number = () => 204;
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async begin(): Promise<void> {
    this.server = createServer(async (request, response) => {
      let body = "";
      for await (const text of request) body += text;
      const lines = body.trimEnd().split("\n");
      this.requests.push({ url: request.url!, headers: request.headers, lines });
      const status = this.answer(lines);
      if (status === 204) this.lines.push(...lines);
      response.writeHead(status).end(status === 204 ? "" : "told so");
    }).listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as { port: number }).port;
  }

  async end(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
    if (this.server) await once(this.server, "close");
    this.server = undefined;
  }
}

describe("a sink for InfluxDB", () => {
  let server: FakeInflux;
  let settings: object;
  beforeEach(async () => {
    server = new FakeInflux();
    await server.begin();
    writeFileSync(join(folder, "token"), "a-token\n");
    settings = { type: "influx", url: `${server.url}/`, org: "my org", bucket: "b", tokenFile: join(folder, "token") };
  });
  afterEach(() => server.end());

  it("writes batches to the interface of InfluxDB 2", async () => {
    const sink = await open({ ...settings, batch: 4 });
    const sent = exampleMessages();
    for (const message of sent) sink.take(message);
    await until(() => sink.report().waiting === 0);
    // Two changes of quality besides.
    expect(server.lines).toHaveLength(sent.length + 2);
    for (const { id } of sent) expect(server.lines.filter((line) => line.includes(`id="${id}"`))).toHaveLength(1);
    const [{ url, headers, lines } = { url: "", headers: {}, lines: [] }] = server.requests;
    expect(url).toBe("/api/v2/write?bucket=b&org=my+org&precision=ms");
    expect(headers).toMatchObject({ authorization: "Token a-token", "content-type": "text/plain; charset=utf-8" });
    expect(lines).toHaveLength(4);
    expect(sink.report()).toMatchObject({ state: "open", delivered: sent.length + 2, lost: 0, reason: undefined });
    expect(told.join()).not.toContain("a-token");
  });

  it("leaves out the one line that the server refuses, and no other", async () => {
    // Too much at once, and a line that cannot be taken, are told in different words.
    const isPoison = (line: string): boolean => line.includes("poison");
    server.answer = (lines) =>
      lines.length > 30 ? 413 : lines.length > 1 && lines.some(isPoison) ? 400 : lines.some(isPoison) ? 422 : 204;
    const sink = await open(settings);
    for (let n = 0; n < 40; n++) sink.take(marker(n === 17 ? "poison" : `m${n}`));
    await until(() => sink.report().waiting === 0);
    expect(server.lines).toHaveLength(39);
    expect(sink.report()).toMatchObject({ delivered: 39, lost: 1 });
    expect(told.join("\n")).toMatch(/left out, since the server answers 422: told so/);
  });

  it("keeps points over an overloaded server, one that is away, and its own end", async () => {
    // A token that is wrong may be put right.
    server.answer = () => 401;
    const first = await open(settings);
    for (let n = 0; n < 30; n++) first.take(marker(`m${n}`));
    await until(() => first.report().reason === "the server answers 401: told so");
    server.answer = () => 503;
    await until(() => first.report().reason === "the server answers 503: told so");
    expect(first.report()).toMatchObject({ reason: "the server answers 503: told so", waiting: 30, lost: 0 });
    await server.end();
    await until(() => /cannot be reached/.test(first.report().reason ?? ""));
    await first.close(500);
    const second = await open(settings);
    expect(second.report().waiting).toBe(30);
    server.answer = () => 204;
    await server.begin();
    await until(() => second.report().waiting === 0);
    expect(server.lines.map((line) => /name="(\w+)"/.exec(line)![1])).toEqual(
      Array.from({ length: 30 }, (_, n) => `m${n}`),
    );
  });

  it("writes to a file in place of a server, and waits for one that cannot be written", async () => {
    const file = join(folder, "lines", "biox.txt");
    mkdirSync(file, { recursive: true });
    const sink = await open({ type: "influx", file });
    for (let n = 0; n < 5; n++) sink.take(marker(`m${n}`));
    await until(() => sink.report().state === "waiting");
    expect(sink.report().reason).toBe(`File '${file}' cannot be written: it is a folder`);
    rmSync(file, { recursive: true });
    await until(() => sink.report().waiting === 0);
    expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(5);
  });
});

describe("a sink for CSV files", () => {
  const read = (path: string): Record<string, string>[] =>
    parseCsv(readFileSync(path), { columns: true, record_delimiter: "\r\n" });

  it("writes one file for each wearer and day, which somebody else's parser reads", async () => {
    const sink = await open({ type: "csv", folder: "csv" });
    for (const wearer of ["w01", "w02"]) for (const message of exampleMessages(wearer)) sink.take(message);
    const old = Date.UTC(2026, 0, 2, 23, 59, 59, 999);
    for (const at of [old, old + 1]) sink.take(marker('=cmd|"x"!A1, two\r\nlines', at));
    const february = Date.UTC(2026, 1, 1);
    for (const name of ["+1+2", "-1+2", "@1+2", "\t1+2", "\r=1+2", "a=1"]) sink.take(marker(name, february));
    await sink.close(5000);
    expect(sink.report()).toMatchObject({ state: "closed", taken: 26, delivered: 26, waiting: 0, lost: 0 });
    const day = new Date().toISOString().slice(0, 10);
    const rows = read(join(folder, "csv/w02", `${day}.csv`));
    expect(rows.map(({ type }) => type)).toEqual(
      "prediction quality prediction quality unpredicted link link marker overload".split(" "),
    );
    expect(rows[2]).toMatchObject({
      label: "rest",
      probability: "0.9",
      reliable: "false",
      reasons: "motion",
      pulse_rate: "",
    });
    expect(rows[4]).toMatchObject({ reason: "too much of the window was lost", lost: "400" });
    expect(rows[7]).toMatchObject({ name: 'stairs, "fast"', by: "page" });
    // Whatever a spreadsheet would compute is text.
    expect(read(join(folder, "csv/w01/2026-02-01.csv")).map(({ name }) => name)).toEqual([
      "'+1+2",
      "'-1+2",
      "'@1+2",
      "'\t1+2",
      " =1+2",
      "a=1",
    ]);
    for (const name of ["2026-01-02", "2026-01-03"])
      expect(read(join(folder, "csv/w01", `${name}.csv`))).toMatchObject([{ name: `'=cmd|"x"!A1, two lines` }]);
  });

  it("goes on behind the last whole record, and waits for a disk that takes nothing", async () => {
    const at = Date.UTC(2026, 0, 2);
    const path = join(folder, "csv/w01/2026-01-02.csv");
    const first = await open({ type: "csv", folder: "csv" });
    for (const name of ["a", "b"]) first.take(marker(name, at));
    await first.close(5000);
    truncateSync(path, statSync(path).size - 3);
    const second = await open({ type: "csv", folder: join(folder, "csv") });
    second.take(marker("c", at));
    await until(() => second.report().delivered === 1);
    expect(read(path).map(({ name }) => name)).toEqual(["a", "c"]);
    rmSync(join(folder, "csv"), { recursive: true });
    appendFileSync(join(folder, "csv"), "in the way");
    second.take(marker("d", at));
    await until(() => second.report().state === "waiting");
    expect(second.report()).toMatchObject({ waiting: 1, reason: expect.stringMatching(/cannot be written/) });
    rmSync(join(folder, "csv"));
    await until(() => second.report().state === "open");
    expect(read(path).map(({ name }) => name)).toEqual(["d"]);
    expect(await second.forget!("w01")).toBe(0);
    expect(existsSync(join(folder, "csv/w01"))).toBe(false);
  });
});
