/** How long tokens and sessions are good, and what their file goes through. */

import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createToken, listTokens, revokeToken } from "biox-edge/gateway";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import type { Server } from "../src/server/index.js";
import { CLOSE_UNAUTHORIZED } from "../src/server/live/protocol.js";
import { Serving } from "./support/serving.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Longer than the live page's heartbeat. */
const BEAT_MS = 20_000;
const POLL = { timeout: 30_000, interval: 100 };
const HOST = { host: "localhost" };
const serving = new Serving();
afterEach(() => void vi.useRealTimers());
afterAll(() => serving.end());

/** A cookie for a token, and when it ends. */
async function login(server: Server, token: string): Promise<{ cookie: string; ends: number }> {
  const answer = await server.app.inject({ method: "POST", url: "/api/v1/session", headers: HOST, payload: { token } });
  return { cookie: `biox-session=${answer.cookies[0]!.value}`, ends: answer.json().ends };
}

/** Status of a question that needs a token or a cookie. */
async function ask(server: Server, headers: { cookie: string } | { authorization: string }): Promise<number> {
  return (await server.app.inject({ url: "/api/v1/wearers", headers: { ...HOST, ...headers } })).statusCode;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("tokens", () => {
  it("are changed by one command at a time, and left as they were by one that fails", () => {
    const file = join(serving.folder, "changed.json");
    createToken(file, "nurse", ["read"]);
    const before = readFileSync(file, "utf8");
    writeFileSync(`${file}.new`, "");
    expect(() => createToken(file, "other", ["read"])).toThrow("is being changed by another command");
    rmSync(`${file}.new`);
    expect(() => createToken(file, "nurse", ["read"])).toThrow("already");
    expect(() => revokeToken(file, "nobody")).toThrow("Expected the token");
    expect(readFileSync(file, "utf8")).toBe(before);
    createToken(file, "other", ["read"]);
    expect(listTokens(file).map(({ name }) => name)).toEqual(["nurse", "other"]);
  });

  it("are good until they expire, and so is what they have opened", async () => {
    const file = join(serving.folder, "expiring.json");
    vi.useFakeTimers({ toFake: ["Date"] });
    const { token, created } = createToken(file, "nurse", ["read"], 1);
    const server = await serving.start({ tokens: file });
    vi.setSystemTime(created + DAY_MS - 1);
    expect(await ask(server, bearer(token))).toBe(200);
    const { cookie, ends } = await login(server, token);
    expect(ends).toBe(created + DAY_MS);
    expect(await ask(server, { cookie })).toBe(200);
    vi.setSystemTime(created + DAY_MS);
    expect([await ask(server, bearer(token)), await ask(server, { cookie })]).toEqual([401, 401]);
    // A gateway that nobody could ask is not opened to the network.
    await expect(serving.start({ tokens: file, address: "0.0.0.0" })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });
});

describe("sessions", () => {
  it("end after twelve hours without use, and after seven days", async () => {
    const file = join(serving.folder, "forgotten.json");
    vi.useFakeTimers({ toFake: ["Date"] });
    const begin = Date.now();
    const { token } = createToken(file, "nurse", ["read"]);
    const server = await serving.start({ tokens: file });
    const [left, used] = [await login(server, token), await login(server, token)];
    const at = async (hours: number, session: typeof left): Promise<number> => {
      vi.setSystemTime(begin + hours * HOUR_MS);
      return ask(server, session);
    };
    expect(await at(11.9, left)).toBe(200);
    for (let hours = 11.9; hours < 7 * 24; hours += 11.9) expect([hours, await at(hours, used)]).toEqual([hours, 200]);
    expect(await at(11.9 + 12, left)).toBe(401);
    expect(await at(7 * 24, used)).toBe(401);
  });

  it("are five hundred at most: the one that was used least recently makes room", async () => {
    const file = join(serving.folder, "many.json");
    const { token } = createToken(file, "nurse", ["read"]);
    const server = await serving.start({ tokens: file, requests: 10_000 });
    const [first, second] = [await login(server, token), await login(server, token)];
    for (let open = 2; open < 500; open++) await login(server, token);
    expect(await ask(server, first)).toBe(200);
    await login(server, token);
    expect([await ask(server, second), await ask(server, first)]).toEqual([401, 200]);
  });

  it("that have ended, and tokens that are revoked, let nobody watch on", async () => {
    const file = join(serving.folder, "watching.json");
    const { token } = createToken(file, "nurse", ["read"]);
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const server = await serving.start({ tokens: file });
    const { cookie } = await login(server, token);
    const watch = async (headers: Record<string, string>) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/live`, { headers });
      const watching = { socket, closed: once(socket, "close").then(([code]) => code) };
      await once(socket, "message");
      return watching;
    };
    const [bySession, byToken] = [await watch({ cookie, origin: server.url }), await watch(bearer(token))];
    const end = { method: "DELETE", url: "/api/v1/session", headers: { ...HOST, cookie } } as const;
    expect((await server.app.inject(end)).statusCode).toBe(204);
    vi.advanceTimersByTime(BEAT_MS);
    expect(await bySession.closed).toBe(CLOSE_UNAUTHORIZED);
    expect(byToken.socket.readyState).toBe(WebSocket.OPEN);
    revokeToken(file, "nurse");
    await expect.poll(() => ask(server, bearer(token)), POLL).toBe(401);
    vi.advanceTimersByTime(BEAT_MS);
    expect(await byToken.closed).toBe(CLOSE_UNAUTHORIZED);
  });
});
