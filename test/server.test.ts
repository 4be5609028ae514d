/** The HTTP interface answers as its OpenAPI document says. */

import { once } from "node:events";
import { join } from "node:path";
import { createToken, revokeToken } from "biox-edge/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Server } from "../src/server/index.js";
import { LIVE_PATH } from "../src/server/live/protocol.js";
import { ApiDocument } from "./support/api-document.js";
import { answer, HandMadeGateway, MARKED } from "./support/hand-made-gateway.js";
import { Serving } from "./support/serving.js";

const serving = new Serving();
afterAll(() => serving.end());

describe("every route", () => {
  const tokens = join(serving.folder, "routes.json");
  const gateway = new HandMadeGateway();
  const holder: Record<string, string> = {};
  let server: Server;
  let api: ApiDocument;

  beforeAll(async () => {
    for (const scope of ["read", "mark", "admin"] as const) holder[scope] = createToken(tokens, scope, [scope]).token;
    server = await serving.start({ tokens }, {}, gateway);
    api = await ApiDocument.of(server.url);
  });

  const as = (scope: string, body?: unknown): RequestInit => ({
    headers: {
      authorization: `Bearer ${holder[scope]}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

  it("gives wearers, one of them, and its newest answers", async () => {
    const { json } = await api.ask("GET", "/api/v1/wearers", as("read"));
    expect(json).toEqual({ wearers: JSON.parse(JSON.stringify(gateway.status)) });
    expect((await api.ask("GET", "/api/v1/wearers/w02", as("read"))).json).toEqual(json.wearers[1]);
    expect((await api.ask("GET", "/api/v1/wearers/w01/latest", as("read"))).json).toEqual({ latest: [answer()] });
    expect((await api.ask("GET", "/api/v1/wearers/w02/latest", as("read"))).json).toEqual({ latest: [] });
    for (const path of ["", "/latest", "/history"])
      expect((await api.ask("GET", `/api/v1/wearers/w03${path}`, as("read"))).status).toBe(404);
    expect((await api.ask("GET", `/api/v1/wearers/${"w".repeat(41)}`, as("read"))).status).toBe(400);
  });

  it("gives history by time and number", async () => {
    const history = async (query: string) => {
      const { json } = await api.ask("GET", `/api/v1/wearers/w01/history${query}`, as("read"));
      return json.messages.map((message: { type: string }) => message.type);
    };
    expect(await history("")).toEqual(["prediction", "unpredicted", "overload", "marker", "link"]);
    expect(await history("?limit=2")).toEqual(["prediction", "unpredicted"]);
    expect(await history("?from=1759999994000&to=1759999999999")).toEqual(["unpredicted", "overload"]);
    // Both ends are included, so that nothing of one ms is missed by who asks on.
    expect(await history("?from=1759999994000&to=1760000000000")).toEqual(["prediction", "unpredicted", "overload"]);
    for (const query of [
      "limit=0",
      "limit=1001",
      "limit=1.5",
      "limit=0x10",
      "limit=",
      "limit=1&limit=2",
      "from=yesterday",
      "to=-1",
    ]) {
      const { status, json } = await api.ask("GET", `/api/v1/wearers/w01/history?${query}`, as("read"));
      expect([query, status, json.code]).toEqual([query, 400, "INVALID_ARGUMENT"]);
      expect(json.message).toContain(query.split("=")[0]);
    }
  });

  it("sets markers in the name of the token", async () => {
    const path = "/api/v1/wearers/w01/markers";
    const { status, json } = await api.ask("POST", path, as("mark", { name: "walk" }));
    expect([status, json.name, json.by, json.at]).toEqual([201, "walk", "mark", MARKED]);
    expect(gateway.marks).toEqual([{ wearer: "w01", name: "walk", by: "mark" }]);
    for (const wrong of [
      {},
      { name: "" },
      { name: 5 },
      { name: null },
      { name: "x".repeat(65) },
      { name: "a\nb" },
      { name: "a", more: 1 },
      [],
      "walk",
    ])
      expect([wrong, (await api.ask("POST", path, as("mark", wrong))).status]).toEqual([wrong, 400]);
    expect((await api.ask("POST", "/api/v1/wearers/w03/markers", as("mark", { name: "walk" }))).status).toBe(404);
    const text = { ...as("mark", {}), headers: { ...as("mark").headers, "content-type": "text/plain" } };
    expect((await api.ask("POST", path, text)).json.code).toBe("UNSUPPORTED");
    expect((await api.ask("POST", path, as("mark", { name: "x".repeat(70_000) }))).json.code).toBe("TOO_LARGE");
    expect(gateway.marks).toHaveLength(1);
  });

  it("forgets who is measured no more, for those who may", async () => {
    const { status, json } = await api.ask("DELETE", "/api/v1/wearers/w07/data", as("admin"));
    expect([status, json.wearer, json.rows]).toEqual([200, "w07", { "history.sqlite": 3 }]);
    expect((await api.ask("DELETE", "/api/v1/wearers/w01/data", as("admin"))).json.code).toBe("CONFLICT");
    expect((await api.ask("DELETE", `/api/v1/wearers/${"w".repeat(41)}/data`, as("admin"))).status).toBe(400);
    for (const scope of ["read", "mark"])
      expect((await api.ask("DELETE", "/api/v1/wearers/w07/data", as(scope))).status).toBe(403);
    expect(gateway.forgotten).toEqual(["w07"]);
  });

  it("tells of gateway, bundles, sinks, tokens and who asks", async () => {
    expect((await api.ask("GET", "/api/v1/gateway", as("read"))).json).toMatchObject({ id: "ward-3", ready: true });
    const { bundles } = (await api.ask("GET", "/api/v1/bundles", as("read"))).json;
    expect(bundles).toEqual(JSON.parse(JSON.stringify(gateway.bundles())));
    expect((await api.ask("GET", "/api/v1/sinks", as("read"))).json).toEqual({ sinks: gateway.sinks() });
    expect((await api.ask("GET", "/api/v1/session", as("mark"))).json).toEqual({ name: "mark", scopes: ["mark"] });
    const { tokens: listed } = (await api.ask("GET", "/api/v1/tokens", as("admin"))).json;
    expect(listed.map(({ name, used }: { name: string; used: number | null }) => [name, used !== null])).toEqual([
      ["read", true],
      ["mark", true],
      ["admin", true],
    ]);
    expect(JSON.stringify(listed)).not.toContain("hash");
  });

  it("says whether it lives and is ready, and gives metrics", async () => {
    expect((await api.ask("GET", "/health/live")).json).toEqual({ status: "live" });
    expect((await api.ask("GET", "/health/ready")).json).toEqual({ status: "ready" });
    gateway.isReady = false;
    expect((await api.ask("GET", "/health/ready")).json.code).toBe("NOT_READY");
    gateway.isReady = true;
    expect((await api.ask("GET", "/metrics", as("read"))).text).toContain('biox_samples_total{wearer="w01"} 10900\n');
  });

  it("says of the WebSocket's path that it is one", async () => {
    const { status, headers, json } = await api.ask("GET", LIVE_PATH, as("read"));
    expect([status, headers.get("upgrade"), json.code]).toEqual([426, "websocket", "UPGRADE_REQUIRED"]);
    const socket = new WebSocket(server.url.replace("http", "ws") + LIVE_PATH, {
      headers: { authorization: `Bearer ${holder.read}` },
    });
    const [hello] = (await once(socket, "message")) as [Buffer];
    expect(JSON.parse(String(hello))).toMatchObject({ type: "hello", gateway: "ward-3" });
    socket.close();
  });

  it("opens and ends sessions", async () => {
    const session = "/api/v1/session";
    const json = { "content-type": "application/json" };
    const open = await api.ask("POST", session, { headers: json, body: JSON.stringify({ token: holder.read }) });
    expect(open.json).toMatchObject({ name: "read", scopes: ["read"] });
    expect((await api.ask("POST", session, { headers: json, body: '{"token":"biox_1"}' })).status).toBe(401);
    expect((await api.ask("POST", session, { headers: json, body: "{}" })).status).toBe(400);
    expect((await api.ask("DELETE", session)).status).toBe(204);
  });

  it("asks for a token, and for one that is good for it, wherever the document says so", async () => {
    const guarded = api.operations.filter(([, { security }]) => security?.some((way) => "token" in way));
    expect(guarded.length).toBeGreaterThan(9);
    for (const [name, { security }] of guarded) {
      const [method, pattern] = name.split(" ") as [string, string];
      // Who is measured cannot be forgotten.
      const path = pattern.replace("{id}", method === "delete" ? "w07" : "w01");
      const body = method === "post" ? { name: "x" } : undefined;
      expect([name, (await api.ask(method.toUpperCase(), path, { ...as("", body), headers: {} })).status]).toEqual([
        name,
        401,
      ]);
      const [scope] = security![0]!.token!;
      if (!scope || path === LIVE_PATH) continue;
      const other = scope === "read" ? "mark" : "read";
      expect([name, (await api.ask(method.toUpperCase(), path, as(other, body))).status]).toEqual([name, 403]);
      expect((await api.ask(method.toUpperCase(), path, as("admin", body))).status).toBeLessThan(300);
    }
    for (const [name, { security }] of api.operations)
      if (!guarded.some(([other]) => other === name)) expect([name, security]).toEqual([name, []]);
  });

  it("was answered well by every operation of the document", () => {
    const good = [...api.seen].filter((name) => / 2\d\d$/.test(name)).map((name) => name.replace(/ \d+$/, ""));
    const asked = api.operations.map(([name]) => name).filter((name) => name !== `get ${LIVE_PATH}`);
    expect([...new Set(good)].sort()).toEqual(asked.sort());
  });

  it("refuses a token within a second of its end, and does not count on it being shown again", async () => {
    const { token } = createToken(tokens, "short", ["read"]);
    const ask = () => api.ask("GET", "/api/v1/gateway", { headers: { authorization: `Bearer ${token}` } });
    await expect.poll(async () => (await ask()).status, { timeout: 30_000, interval: 300 }).toBe(200);
    revokeToken(tokens, "short");
    await expect.poll(async () => (await ask()).status, { timeout: 30_000, interval: 300 }).toBe(401);
  });
});

describe("methods", () => {
  it("answers HEAD as GET without a body, OPTIONS with what there is, and tells a wrong method from a wrong path", async () => {
    const { url } = await serving.start();
    for (const path of ["/api/v1/wearers", "/api/v1/wearers/w01", "/health/live", "/openapi.json"]) {
      const [get, head] = [await fetch(url + path), await fetch(url + path, { method: "HEAD" })];
      expect([path, head.status, head.headers.get("content-length")]).toEqual([
        path,
        200,
        get.headers.get("content-length"),
      ]);
      expect(await head.text()).toBe("");
      const options = await fetch(url + path, { method: "OPTIONS" });
      expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
      for (const method of ["PUT", "DELETE", "PATCH", "POST"]) {
        const wrong = await fetch(url + path, { method });
        expect([wrong.status, wrong.headers.get("allow"), ((await wrong.json()) as { code: string }).code]).toEqual([
          405,
          "GET, HEAD, OPTIONS",
          "METHOD_NOT_ALLOWED",
        ]);
      }
    }
    const markers = await fetch(`${url}/api/v1/wearers/w01/markers`);
    expect([markers.status, markers.headers.get("allow")]).toEqual([405, "OPTIONS, POST"]);
    for (const path of ["/api/v1/nothing", "/api/v1/wearers/w01/nothing", "/index.php"])
      for (const method of ["GET", "POST", "OPTIONS"])
        expect([path, method, (await fetch(url + path, { method })).status]).toEqual([path, method, 404]);
  });
});
