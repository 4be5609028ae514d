/** How many connections and requests there may be, from one address, with one token, and in all. */

import { execFileSync } from "node:child_process";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { createToken } from "biox-edge/gateway";
import { afterAll, afterEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import { TIMEOUTS } from "../src/server/connections.js";
import type { Server } from "../src/server/index.js";
import { HandMadeGateway } from "./support/hand-made-gateway.js";
import { Serving } from "./support/serving.js";

const POLL = { timeout: 60_000, interval: 100 };
const serving = new Serving();
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => serving.end());

/** Connects from an address of this machine and asks once; undefined where the connection was not kept. */
async function open({ port }: Server, localAddress: string): Promise<Socket | undefined> {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  sockets.push(socket);
  socket.on("error", () => {});
  socket.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return new Promise((resolve) => socket.once("data", () => resolve(socket)).once("close", () => resolve(undefined)));
}

async function metrics({ app }: Server): Promise<string> {
  return (await app.inject({ url: "/metrics", headers: { host: "localhost" } })).body;
}

it("keeps so many connections, and so many of one address, until some of them end", async () => {
  const server = await serving.start({ connections: 3, connectionsPerAddress: 2 });
  const first = await open(server, "127.0.0.2");
  expect([first, await open(server, "127.0.0.2")]).not.toContain(undefined);
  expect(await open(server, "127.0.0.2")).toBeUndefined();
  expect(await open(server, "127.0.0.3")).toBeDefined();
  expect(await open(server, "127.0.0.4")).toBeUndefined();
  const text = await metrics(server);
  for (const line of [
    "biox_http_connections 3",
    'biox_http_connections_refused_total{limit="address"} 1',
    'biox_http_connections_refused_total{limit="server"} 1',
  ])
    expect(text).toContain(`${line}\n`);
  first!.destroy();
  await expect.poll(async () => (await open(server, "127.0.0.2")) !== undefined, POLL).toBe(true);
});

it("closes a connection that never becomes secure as soon as one that never asks, or when the server ends", async () => {
  const [certificate, key] = [join(serving.folder, "cert.pem"), join(serving.folder, "key.pem")];
  const made = "req -x509 -subj /CN=localhost -days 2 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256";
  execFileSync("openssl", [...made.split(" "), "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const serve = async (headers: number): Promise<Server> => {
    const before = TIMEOUTS.headers;
    TIMEOUTS.headers = headers;
    const server = await serving.start({ tls: { certificate, key } });
    TIMEOUTS.headers = before;
    return server;
  };
  /** Connects and sends what begins a connection that is secure, or nothing; resolves when it is closed. */
  const begin = (server: Server, bytes: string): Promise<void> => {
    const socket = connect(server.port, "127.0.0.1");
    sockets.push(socket);
    socket.write(bytes, "latin1");
    return new Promise((resolve) =>
      socket
        .resume()
        .on("error", () => {})
        .once("close", () => resolve()),
    );
  };
  const hasty = await serve(300);
  await Promise.all(["", "\u0016\u0003\u0001\u0001\u0000\u0001\u0000"].map((bytes) => begin(hasty, bytes)));
  await expect.poll(() => metrics(hasty), POLL).toContain("biox_http_connections 0\n");
  const patient = await serve(600_000);
  const closed = begin(patient, "");
  await expect.poll(() => metrics(patient), POLL).toContain("biox_http_connections 1\n");
  await patient.close();
  await closed;
}, 60_000);

it("cuts off who asks on and on without waiting for answers", async () => {
  const server = await serving.start();
  const socket = connect(server.port, "127.0.0.1");
  sockets.push(socket);
  const closed = new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));
  socket.write("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50));
  await closed;
  expect(await metrics(server)).toContain('biox_http_connections_refused_total{limit="unread"} 1\n');
});

it("takes so many requests a minute with one token, wherever it is shown", async () => {
  const file = join(serving.folder, "often.json");
  const [one, other] = ["one", "other"].map((name) => createToken(file, name, ["read"]).token);
  const server = await serving.start({ tokens: file, requests: 10 });
  const ask = (localAddress: string, token: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { port } = server;
      const headers = { authorization: `Bearer ${token}` };
      const sent = request({ host: "127.0.0.1", port, path: "/api/v1/session", headers, localAddress, agent: false });
      sent.on("response", (answer) => resolve(answer.resume().statusCode!));
      sent.on("error", reject).end();
    });
  for (let i = 0; i < 10; i++) expect(await ask(`127.0.0.${2 + (i % 3)}`, one!)).toBe(200);
  expect(await ask("127.0.0.5", one!)).toBe(429);
  expect(await ask("127.0.0.5", other!)).toBe(200);
});

it("counts upgrades to a WebSocket among the requests of an address and of a token, and refuses them in the same words", async () => {
  const file = join(serving.folder, "upgrades.json");
  const { token } = createToken(file, "one", ["read"]);
  const server = await serving.start({ tokens: file, requests: 4 });
  const upgrade = (localAddress: string, secret = token): Promise<{ status: number; body: unknown; wait?: string }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${secret}` };
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/live`, { headers, localAddress });
      socket.on("error", reject).on("open", () => {
        socket.close();
        resolve({ status: 101, body: undefined });
      });
      socket.on("unexpected-response", async (_, answer) => {
        const wait = answer.headers["retry-after"];
        resolve({ status: answer.statusCode!, body: await json(answer), ...(wait ? { wait } : {}) });
      });
    });
  for (let i = 0; i < 4; i++) expect((await upgrade("127.0.0.2")).status).toBe(101);
  const message = "Too many requests came from this address.";
  const refused = { code: "TOO_MANY_REQUESTS", message, hint: expect.stringMatching(/^Ask again in \d+ s/) };
  expect(await upgrade("127.0.0.2")).toEqual({ status: 429, body: refused, wait: expect.stringMatching(/^\d+$/) });
  expect(await upgrade("127.0.0.3")).toMatchObject({ status: 429, body: { message: expect.stringMatching(/token/) } });
  const stranger = await upgrade("127.0.0.4", `${token.slice(0, -1)}!`);
  expect(stranger).toMatchObject({ status: 401, body: { code: "UNAUTHORIZED", hint: expect.any(String) } });
});

it("tells nobody but its log what has failed within", async () => {
  class Failing extends HandMadeGateway {
    override history(): never {
      throw new Error("disk I/O error in /var/lib/biox/history.sqlite");
    }
  }
  const warnings: string[] = [];
  const server = await serving.start({}, { warn: (text) => warnings.push(text) }, new Failing());
  const answer = await fetch(`${server.url}/api/v1/wearers/w01/history`);
  expect([answer.status, await answer.json()]).toEqual([
    500,
    { code: "INTERNAL", message: "The server has failed.", hint: "Its log says more." },
  ]);
  expect(warnings.at(-1)).toBe(
    "A request to /api/v1/wearers/:id/history has failed: disk I/O error in /var/lib/biox/history.sqlite",
  );
});
