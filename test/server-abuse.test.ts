/** The HTTP interface under attack, beside a gateway with a running source: memory stays bounded, and the gateway goes on predicting. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { ApiDocument } from "./support/api-document.js";
import { Child } from "./support/child.js";

/** Connections of an attack, where the system allows a process so many files. */
const MANY = Math.min(10_000, Number(execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" })) - 100 || 10_000);
/** What the server may need more while it is attacked. 512 connections need some 10 MB. */
const MORE_MEMORY = 150e6;
const AGAIN = { timeout: 90_000, interval: 200 };

const folder = mkdtempSync(join(tmpdir(), "biox-abuse-"));
const children: Child[] = [];
let server: Child;
let url: string;
let port: number;

beforeAll(async () => {
  await buildTinyBundle(join(folder, "bundle"));
  server = new Child("serving-child.mjs", { bundle: join(folder, "bundle"), listen: { requests: 1_000_000 } });
  url = (await server.until(() => true)).url;
  port = Number(new URL(url).port);
  await vi.waitFor(async () => expect(await metric("biox_predictions_total")).toBeGreaterThan(0), AGAIN);
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end()));
});
afterAll(async () => {
  const code = await server.end();
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
});

/** An answer over a connection of its own, as somebody at another address than the attacker has it; undefined where there is none. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", port, path, agent: false, localAddress: "127.0.0.2" }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
    });
    sent.on("error", () => resolve(undefined)).end();
  });
}

/** The sum of a metric over its labels; undefined where the server does not answer. */
async function metric(name: string): Promise<number | undefined> {
  const text = await ask("/metrics");
  const values = [...(text ?? "").matchAll(new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, "gm"))];
  return text === undefined ? undefined : values.reduce((sum, [, value]) => sum + Number(value), 0);
}

const LIVE = '{"status":"live"}';

/** Five more predictions, none of them lost, and no more memory than there may be. */
async function goesOn(before: number): Promise<void> {
  const from = (await metric("biox_predictions_total"))!;
  await expect.poll(() => metric("biox_predictions_total"), AGAIN).toBeGreaterThanOrEqual(from + 5);
  expect(await metric("biox_samples_lost_total")).toBe(0);
  expect((await metric("process_resident_memory_bytes"))! - before).toBeLessThan(MORE_MEMORY);
}

function attack(settings: {
  connections: number;
  addresses?: number;
  first?: string;
  more?: string;
  reads?: boolean;
}): Child {
  const child = new Child("attacking-child.mjs", { port, addresses: 1, everyMs: 200, reads: true, ...settings });
  children.push(child);
  return child;
}

describe("one who", () => {
  it(`opens ${MANY} connections gets 64 of them, and others are answered all the time`, async () => {
    const before = (await metric("process_resident_memory_bytes"))!;
    const refusedBefore = (await metric("biox_http_connections_refused_total"))!;
    const attacker = attack({ connections: MANY });
    let answers = 0;
    for (let done = false; !done; done = attacker.latest?.closed >= MANY - 64) {
      expect(await ask("/health/live")).toBe(LIVE);
      answers++;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(answers).toBeGreaterThan(0);
    expect(await metric("biox_http_connections")).toBeLessThanOrEqual(65);
    expect((await metric("biox_http_connections_refused_total"))! - refusedBefore).toBeGreaterThanOrEqual(MANY - 128);
    await goesOn(before);
    console.log(`${MANY} connections: ${answers} answers of /health/live meanwhile`);
  });
});

describe("many who", () => {
  it("take all connections and never come to an end with what they ask lose them soon, and take no memory", async () => {
    const before = (await metric("process_resident_memory_bytes"))!;
    const each = { connections: 200, addresses: 10 };
    const body = "POST /api/v1/wearers/w01/markers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    const attackers = [
      attack(each),
      attack({ ...each, first: "GET / HTTP/1.1\r\nHost: localhost\r\n", more: "X-A: b\r\n" }),
      attack({ ...each, first: `${body}Content-Length: 60000\r\n\r\n{`, more: " " }),
    ];
    await Promise.all(attackers.map((child) => child.until(({ begun }) => begun === 200)));
    await expect.poll(() => ask("/health/live"), AGAIN).toBe(LIVE);
    await Promise.all(attackers.map((child) => child.until(({ closed }) => closed === 200)));
    await goesOn(before);
  });

  it("ask and ask, but take no answers, are cut off", async () => {
    const before = (await metric("process_resident_memory_bytes"))!;
    const first = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    const attacker = attack({ connections: 100, addresses: 10, first, reads: false });
    await attacker.until(({ closed }) => closed === 100);
    await goesOn(before);
  });
});

it("answers as its document says afterwards, with the answers of a real gateway", async () => {
  const api = await ApiDocument.of(url);
  for (const path of [
    "/wearers",
    "/wearers/w01",
    "/wearers/w01/latest",
    "/wearers/w01/history",
    "/bundles",
    "/sinks",
    "/gateway",
  ])
    expect([path, (await api.ask("GET", `/api/v1${path}`)).status]).toEqual([path, 200]);
  const headers = { "content-type": "application/json" };
  const { json } = await api.ask("POST", "/api/v1/wearers/w01/markers", { headers, body: '{"name":"afterwards"}' });
  expect(json).toMatchObject({ wearer: "w01", name: "afterwards", by: "local" });
  const { messages } = (await api.ask("GET", "/api/v1/wearers/w01/history?limit=1000")).json;
  expect(messages).toContainEqual(expect.objectContaining({ type: "marker", name: "afterwards", by: "local" }));
  expect(messages).toContainEqual(expect.objectContaining({ type: "prediction", bundle: "tiny" }));
});
