/** The WebSocket of the live page without a page: what it sends, whom it refuses, and that a slow viewer holds up nobody. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { attachLive, type LiveOptions, type LiveServer } from "../src/server/live/attach.js";
import { LIVE_PATH, type ServerFrame } from "../src/server/live/protocol.js";
import { decodeSamples, type SampleFrame } from "../src/server/live/sample-frame.js";
import { Problem } from "../src/server/problem.js";
import { FakeGateway } from "./support/fake-gateway.js";

const WAIT = { timeout: 60_000, interval: 20 };
let gateway: FakeGateway;
let server: Server;
let live: LiveServer;
let clients: Client[];

/** A viewer, and all that it was sent. */
class Client {
  readonly frames: ServerFrame[] = [];
  readonly samples: SampleFrame[] = [];
  code: number | undefined;
  readonly socket: WebSocket;

  constructor(path = LIVE_PATH) {
    this.socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    clients.push(this);
    this.socket.on("message", (data: Buffer, binary) => {
      if (!binary) this.frames.push(JSON.parse(data.toString()));
      else
        this.samples.push(
          decodeSamples(data.buffer.slice(data.byteOffset, data.byteOffset + data.length) as ArrayBuffer)!,
        );
    });
    this.socket.on("close", (code) => {
      this.code = code;
    });
    this.socket.on("error", () => {});
  }

  say(frame: unknown): void {
    this.socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  all<T extends ServerFrame["type"]>(type: T): Extract<ServerFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type);
  }

  async heard(type: ServerFrame["type"], times = 1): Promise<void> {
    await vi.waitFor(() => expect(this.all(type).length, type).toBeGreaterThanOrEqual(times), WAIT);
  }

  async watches(wearer: string): Promise<void> {
    await this.heard("hello");
    this.say({ watch: wearer });
    await this.heard("watching");
  }
}

async function serve(options: Partial<LiveOptions> = {}): Promise<void> {
  server = createServer();
  live = attachLive(server, gateway, { authorize: () => ({ valid: () => true }), ...options });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
}

/** Samples of wearer w01 at once: `count` of them, the numbers from `index` on. */
function tell(wearer: string, index: number, count: number): void {
  const values = Float64Array.from({ length: 2 * count }, (_, i) => index + Math.floor(i / 2));
  gateway.emit("samples", wearer, {
    stream: "ppg",
    channels: ["green", "infrared"],
    index,
    count,
    time: 1e12 + 4 * index,
    period: 4,
    values,
  });
}

beforeEach(() => {
  gateway = new FakeGateway([{ id: "w01" }, { id: "w02" }]);
  clients = [];
});
afterEach(async () => {
  for (const { socket } of clients) socket.terminate();
  await live.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it("greets, tells how things are each second, and sends samples of the wearer that is watched alone", async () => {
  await serve();
  const [one, other] = [new Client(), new Client()];
  await one.watches("w01");
  await other.heard("status", 2);
  expect(one.all("hello")[0]).toMatchObject({
    version: 1,
    gateway: "ward-3",
    wearers: [
      { id: "w01", handle: 0 },
      { id: "w02", handle: 1 },
    ],
  });
  expect(one.all("watching")).toEqual([{ type: "watching", wearer: "w01", handle: 0 }]);

  for (let index = 0; index < 100; index += 10) tell("w01", index, 10);
  tell("w02", 0, 10);
  gateway.emit("gap", "w01", { stream: "ppg", at: 100, samples: 5, cause: "lost" });
  gateway.mark("w02", "fall", "nurse");
  await vi.waitFor(() => expect(one.samples.flatMap(({ values }) => [...values])).toHaveLength(200), WAIT);
  expect(one.samples[0]).toMatchObject({ handle: 0, stream: 1, channels: 2, index: 0, time: 1e12, period: 4 });
  expect(one.samples.flatMap(({ values }) => [...values])).toEqual(
    Array.from({ length: 200 }, (_, i) => Math.floor(i / 2)),
  );
  // Ten events are a frame or two, not ten.
  expect(one.samples.length).toBeLessThanOrEqual(2);
  await one.heard("gap");
  await other.heard("message");
  expect(other.all("message")[0]!.message).toMatchObject({ type: "marker", wearer: "w02", name: "fall" });
  await one.heard("status", other.all("status").length + 1);
  expect(one.all("status").at(-1)!.watched).toMatchObject({ id: "w01", bundles: [{ summary: { type: "summary" } }] });
  expect(one.all("status").at(-1)!.wearers[0]!.bundles[0]).not.toHaveProperty("summary");
  expect([other.samples, other.all("gap")]).toEqual([[], []]);
  expect(other.all("status").at(-1)!.watched).toBeNull();
  one.say({ ping: 7 });
  await one.heard("pong");
});

it("listens to the gateway only while somebody looks", async () => {
  await serve();
  const heard = (): number[] => (["message", "samples", "gap"] as const).map((event) => gateway.listenerCount(event));
  const client = new Client();
  await client.heard("hello");
  expect(heard()).toEqual([1, 0, 0]);
  await client.watches("w02");
  expect(heard()).toEqual([1, 1, 1]);
  client.say({ watch: "nobody" });
  await client.heard("watching", 2);
  expect(client.all("watching")[1]).toEqual({ type: "watching", wearer: null, handle: null });
  expect(heard()).toEqual([1, 0, 0]);
  client.socket.close();
  await vi.waitFor(() => expect(heard()).toEqual([0, 0, 0]), WAIT);
});

it.each([
  ["no JSON", "watch", 1008],
  ["another type", { watch: 5 }, 1008],
  ["an id that is none", { watch: "../etc/passwd" }, 1008],
  ["too many keys", { watch: "w01", ping: 1 }, 1008],
  ["nothing", {}, 1008],
  ["a number that is none", '{"ping":1e999}', 1008],
  ["a prototype", '{"__proto__":{"watch":"w01"}}', 1008],
  ["bytes", Buffer.from('{"ping":1}'), 1008],
  ["too much", `{"watch":"${"w".repeat(5000)}"}`, 1009],
])("closes on %s", async (_, frame, code) => {
  await serve();
  const client = new Client();
  await client.heard("hello");
  client.say(frame);
  await vi.waitFor(() => expect(client.code).toBe(code), WAIT);
});

it("closes on a flood", async () => {
  await serve();
  const client = new Client();
  await client.heard("hello");
  for (let i = 0; i < 200; i++) client.say({ ping: i });
  await vi.waitFor(() => expect(client.code).toBe(1008), WAIT);
});

it("refuses other paths, who may not, and more viewers than it is to have", async () => {
  let allowed = true;
  await serve({
    maxViewers: 1,
    authorize: () => {
      if (allowed) return { valid: () => true };
      throw new Problem("UNAUTHORIZED", "A token is needed.");
    },
  });
  await new Client().heard("hello");
  const refused = async (path?: string): Promise<number> => {
    const [, response] = await once(new Client(path).socket, "unexpected-response");
    return response.statusCode;
  };
  expect(await refused()).toBe(503);
  expect(await refused("/elsewhere")).toBe(404);
  allowed = false;
  expect(await refused()).toBe(401);
  expect(live.report().viewers).toBe(1);
});

it("lets a viewer go whose token is no longer good, and one that no longer answers", async () => {
  let good = true;
  await serve({ heartbeatMs: 50, authorize: () => ({ valid: () => good }) });
  const [dead, revoked] = [new Client(), new Client()];
  await dead.heard("hello");
  await revoked.heard("hello");
  (dead.socket as unknown as { _socket: { pause(): void } })._socket.pause();
  await vi.waitFor(() => expect(live.report().viewers).toBe(1), WAIT);
  expect(revoked.code).toBeUndefined();
  good = false;
  await vi.waitFor(() => expect(revoked.code).toBe(4001), WAIT);
});

it("leaves frames out for a viewer that is slow, tells it how many, and holds up neither the gateway nor other viewers", async () => {
  await serve();
  const [slow, fast] = [new Client(), new Client()];
  await slow.watches("w01");
  await fast.watches("w01");
  slow.socket.pause();
  const FRAMES = 60;
  const SAMPLES = 30_000;
  for (let i = 0; i < FRAMES; i++) {
    // 240 kB each: far more in all than what sockets keep of their own accord.
    tell("w01", i * SAMPLES, SAMPLES);
    await vi.waitFor(() => expect(fast.samples.length).toBe(i + 1), WAIT);
  }
  expect(slow.samples.length).toBe(0);
  const { frames: dropped } = live.report().dropped;
  expect(dropped).toBeGreaterThan(10);
  slow.socket.resume();
  // What was not left out comes after all, in order, and then the account of what was.
  await vi.waitFor(() => expect(slow.samples.length).toBe(FRAMES - dropped), WAIT);
  const indices = slow.samples.map(({ index }) => index);
  expect(indices).toEqual([...indices].sort((a, b) => a - b));
  await vi.waitFor(
    () =>
      expect(slow.all("status").at(-1)!.dropped).toEqual({ frames: dropped, samples: dropped * SAMPLES, messages: 0 }),
    WAIT,
  );
  expect(fast.all("status").at(-1)!.dropped.frames).toBe(0);
});
