/** Who may ask the HTTP interface what: names, origins, tokens, sessions, TLS, and what no request may reach. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { createToken, revokeToken } from "biox-edge/gateway";
import { afterAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Server } from "../src/server/index.js";
import { HandMadeGateway } from "./support/hand-made-gateway.js";
import { Serving } from "./support/serving.js";

/** These tests serve no page. */
const NO_PAGE = expect.stringContaining("The live page is not there");
const serving = new Serving();
afterAll(() => serving.end());

interface Raw {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A request with headers that fetch does not let a caller choose. */
function ask(
  url: string,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
  body?: string,
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const { hostname, port, protocol } = new URL(url);
    const send = protocol === "https:" ? httpsRequest : httpRequest;
    const host = hostname.replace(/^\[|\]$/g, "");
    const request = send({ host, port, path, headers, method, agent: false, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on("error", reject).end(body);
  });
}

/** Bytes as they are, and all that comes back until the server closes. */
function send(server: Server, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(server.port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("close", () => resolve(text)).on("error", reject);
  });
}

/** How a WebSocket was received: the status of its upgrade, 101 where it was opened. */
function upgrade(server: Server, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/live`, { headers });
    socket.on("open", () => {
      socket.close();
      resolve(101);
    });
    socket.on("unexpected-response", (_, { statusCode }) => resolve(statusCode!));
    socket.on("error", reject);
  });
}

const JSON_TYPE = { "content-type": "application/json" };
const MARKER = JSON.stringify({ name: "walk" });
const MARKERS = "/api/v1/wearers/w01/markers";

describe("reach", () => {
  it("is this machine alone until there is a token", async () => {
    const refused = serving.start({ address: "0.0.0.0" });
    await expect(refused).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "Expected listen.address to be 127.0.0.1 or ::1 while there are no tokens, but received '0.0.0.0'.",
      hint: expect.stringContaining("biox token create"),
    });
    const file = join(serving.folder, "reach.json");
    createToken(file, "once", ["read"], 1);
    revokeToken(file, "once");
    for (const address of ["0.0.0.0", "::", "192.0.2.1"])
      await expect(serving.start({ address, tokens: file })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    const { token } = createToken(file, "once", ["read"]);
    const warnings: string[] = [];
    const server = await serving.start({ address: "0.0.0.0", tokens: file }, { warn: (text) => warnings.push(text) });
    expect(warnings).toEqual([expect.stringContaining("unencrypted"), NO_PAGE]);
    const url = `http://127.0.0.1:${server.port}`;
    expect((await ask(url, "/api/v1/gateway")).status).toBe(401);
    expect((await ask(url, "/api/v1/gateway", { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it("names an address or port that cannot be had", async () => {
    const { port } = await serving.start();
    await expect(serving.start({ port })).rejects.toMatchObject({
      code: "LISTEN_FAILED",
      message: `Cannot listen on 127.0.0.1 port ${port}: another program listens there.`,
    });
    await expect(serving.start({ address: "127.0.0.1", tokens: "/nowhere/tokens.json" })).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
    });
  });
});

describe("names and origins", () => {
  it("answers to its own names only, so that no page can pass this machine off as its own", async () => {
    const server = await serving.start({ hosts: ["Gateway.example"] });
    const { port } = server;
    for (const host of ["127.0.0.1", `127.0.0.1:${port}`, "localhost:8321", "gateway.example", "GATEWAY.EXAMPLE:443"])
      expect([host, (await ask(server.url, "/api/v1/wearers", { host })).status]).toEqual([host, 200]);
    for (const host of [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "192.0.2.7",
      "[::1]",
      "a@127.0.0.1",
      "127.0.0.1:80:80",
    ])
      for (const path of ["/api/v1/wearers", "/health/live", "/metrics", "/nothing"])
        expect([host, (await ask(server.url, path, { host })).status]).toEqual([host, 421]);
    for (const bytes of ["GET /health/live HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"])
      expect(await send(server, bytes)).toContain(" 421 ");
    expect(await upgrade(server, { host: "evil.example" })).toBe(421);
  });

  it("changes nothing for pages of others, and gives them no data", async () => {
    const gateway = new HandMadeGateway();
    const server = await serving.start({}, {}, gateway);
    for (const headers of [
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: `http://127.0.0.1:${server.port + 1}` },
      { origin: `http://localhost:${server.port}` },
      { origin: server.url, "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ]) {
      expect([headers, (await ask(server.url, MARKERS, { ...headers, ...JSON_TYPE }, "POST", MARKER)).status]).toEqual([
        headers,
        403,
      ]);
      for (const path of ["/api/v1/wearers", "/%61pi/v1/wearers", "/metrics", "/m%65trics"])
        expect([headers, path, (await ask(server.url, path, headers)).status]).toEqual([headers, path, 403]);
      expect([headers, await upgrade(server, headers as unknown as Record<string, string>)]).toEqual([headers, 403]);
    }
    expect(gateway.marks).toEqual([]);
    const own = { origin: server.url, "sec-fetch-site": "same-origin" };
    expect((await ask(server.url, MARKERS, { ...own, ...JSON_TYPE }, "POST", MARKER)).status).toBe(201);
    expect(await upgrade(server, own)).toBe(101);
    expect(await upgrade(server, {})).toBe(101);
    const { headers } = await ask(server.url, "/api/v1/wearers", own);
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("tokens", () => {
  it("are kept as hashes, in a file that is its owner's", () => {
    const file = join(serving.folder, "kept.json");
    const { token, id } = createToken(file, "nurse", ["read"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const secret = token.replace(`biox_${id}_`, "");
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    expect(readFileSync(file, "utf8")).not.toContain(secret);
    expect(createToken(file, "other", ["read"]).token).not.toBe(token);
    expect(() => createToken(file, "nurse", ["read"])).toThrow("has a token 'nurse' already");
    for (const name of ["", "a b", "a/b", "x".repeat(41), "\u001b[2J"])
      expect(() => createToken(file, name, ["read"])).toThrow(/^Expected the token's name/);
    for (const days of [0, -1, Number.NaN, 1e9])
      expect(() => createToken(file, "days", ["read"], days)).toThrow(/^Expected days/);
  });

  it.each([
    ["readable by others", (file: string) => chmodSync(file, 0o604), "open to other users"],
    ["writable by the group", (file: string) => chmodSync(file, 0o620), "open to other users"],
    [
      "cut short",
      (file: string) => writeFileSync(file, readFileSync(file, "utf8").slice(0, 60)),
      "not a file of tokens",
    ],
    [
      "of something else",
      (file: string) => writeFileSync(file, '{"version":1,"tokens":[{"id":"x"}]}'),
      "not a file of tokens",
    ],
  ])("are not taken from a file that is %s", async (name, spoil, message) => {
    const file = join(serving.folder, `${name.replaceAll(" ", "-")}.json`);
    createToken(file, "nurse", ["read"]);
    spoil(file);
    await expect(serving.start({ tokens: file })).rejects.toMatchObject({
      code: "FILE_INVALID",
      message: expect.stringContaining(message),
    });
  });

  it("are all refused while their file cannot be read, which is said", async () => {
    const file = join(serving.folder, "spoilt.json");
    const { token } = createToken(file, "nurse", ["read"]);
    const warnings: string[] = [];
    const { url } = await serving.start({ tokens: file }, { warn: (text) => warnings.push(text) });
    const status = async () => (await ask(url, "/api/v1/session", { authorization: `Bearer ${token}` })).status;
    expect(await status()).toBe(200);
    const good = readFileSync(file, "utf8");
    writeFileSync(file, "{");
    await expect.poll(status, { timeout: 30_000, interval: 200 }).toBe(401);
    expect(warnings).toEqual([NO_PAGE, expect.stringMatching(/not a file of tokens.*All tokens are refused/)]);
    writeFileSync(file, good);
    await expect.poll(status, { timeout: 30_000, interval: 200 }).toBe(200);
    chmodSync(file, 0o644);
    await expect.poll(status, { timeout: 30_000, interval: 200 }).toBe(401);
  });

  it("are not found by guessing: after ten wrong ones none is looked at", async () => {
    const file = join(serving.folder, "guessed.json");
    const { token } = createToken(file, "nurse", ["read"]);
    const server = await serving.start({ tokens: file });
    const wrong = [
      `${token}x`,
      token.slice(0, -1),
      token.replace(/.$/, token.endsWith("A") ? "Q" : "A"),
      "x",
      "biox_00000000_",
    ];
    const shown = [...wrong, ...wrong];
    for (const text of shown.slice(0, 5)) {
      const { status, body, headers } = await ask(server.url, "/metrics", { authorization: `Bearer ${text}` });
      expect([status, headers["www-authenticate"]]).toEqual([401, "Bearer"]);
      expect(JSON.parse(String(body)).code).toBe("UNAUTHORIZED");
    }
    for (const text of shown.slice(5))
      expect(
        (await ask(server.url, "/api/v1/session", JSON_TYPE, "POST", JSON.stringify({ token: text }))).status,
      ).toBe(401);
    for (const text of ["x", token]) {
      const { status, headers } = await ask(server.url, "/metrics", { authorization: `Bearer ${text}` });
      expect([status, Number(headers["retry-after"]) > 0]).toEqual([429, true]);
    }
    // What does without a token goes on.
    expect((await ask(server.url, "/health/live")).status).toBe(200);
  });

  it("are good for so many requests a minute, and so is an address", async () => {
    const file = join(serving.folder, "often.json");
    const [a, b] = ["a", "b"].map((name) => `Bearer ${createToken(file, name, ["read"]).token}`);
    const server = await serving.start({ tokens: file, requests: 20, address: "0.0.0.0" });
    const from = (address: string, authorization: string) =>
      ask(`http://${address}:${server.port}`, "/api/v1/session", { authorization });
    for (let i = 0; i < 20; i++) expect((await from("127.0.0.1", i < 10 ? a! : b!)).status).toBe(200);
    const refused = await from("127.0.0.1", a!);
    expect([refused.status, JSON.parse(String(refused.body)).code, Number(refused.headers["retry-after"]) > 0]).toEqual(
      [429, "TOO_MANY_REQUESTS", true],
    );
    expect((await ask(`http://127.0.0.1:${server.port}`, "/nothing")).status).toBe(429);
  });
});

describe("sessions", () => {
  it("stand for a token in a browser, until they or it end, and cannot be used by others' pages", async () => {
    const file = join(serving.folder, "sessions.json");
    const { token } = createToken(file, "nurse", ["read", "mark"]);
    const server = await serving.start({ tokens: file });
    const origin = server.url;
    const login = () => ask(server.url, "/api/v1/session", { ...JSON_TYPE, origin }, "POST", JSON.stringify({ token }));
    const set = (await login()).headers["set-cookie"]![0]!;
    expect(set).toMatch(/^biox-session=[\w-]{43}; Path=\/; Max-Age=60\d{4}; HttpOnly; SameSite=Strict$/);
    const cookie = set.split(";")[0]!;
    expect((await ask(server.url, "/api/v1/wearers", { cookie: `theme=dark; ${cookie}` })).status).toBe(200);
    expect(await upgrade(server, { cookie, origin })).toBe(101);
    expect(await upgrade(server, { cookie, origin: "http://evil.example" })).toBe(403);
    expect(await upgrade(server, { origin })).toBe(401);
    const mark = (headers: Record<string, string>) =>
      ask(server.url, MARKERS, { ...JSON_TYPE, ...headers }, "POST", MARKER);
    expect((await mark({ cookie, origin })).status).toBe(201);
    expect((await mark({ cookie })).status).toBe(403);
    expect((await mark({ cookie, origin: "http://evil.example" })).status).toBe(403);
    // Once it is closed, whoever has kept the cookie has nothing.
    const { status, headers } = await ask(server.url, "/api/v1/session", { cookie, origin }, "DELETE");
    expect([status, headers["set-cookie"]![0]]).toEqual([204, expect.stringContaining("Max-Age=0")]);
    expect((await ask(server.url, "/api/v1/wearers", { cookie })).status).toBe(401);
    const again = (await login()).headers["set-cookie"]![0]!.split(";")[0]!;
    expect((await ask(server.url, "/api/v1/wearers", { cookie: again })).status).toBe(200);
    revokeToken(file, "nurse");
    const replayed = async () => (await ask(server.url, "/api/v1/wearers", { cookie: again })).status;
    await expect.poll(replayed, { timeout: 30_000, interval: 200 }).toBe(401);
    // A token of the same name is another one.
    createToken(file, "nurse", ["read"]);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await replayed()).toBe(401);
  });
});

describe("TLS", () => {
  const files = (name: string) => {
    const [certificate, key] = [join(serving.folder, `${name}.pem`), join(serving.folder, `${name}.key`)];
    const subject = [
      "-subj",
      `/CN=${name}`,
      "-days",
      "2",
      "-nodes",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
    ];
    execFileSync("openssl", ["req", "-x509", ...subject, "-keyout", key, "-out", certificate], { stdio: "ignore" });
    return { certificate, key };
  };
  const issuer = (url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const request = httpsRequest(`${url}/health/live`, { rejectUnauthorized: false, agent: false }, (response) => {
        resolve((response.socket as import("node:tls").TLSSocket).getPeerCertificate().issuer.CN as string);
        response.resume();
      });
      request.on("error", reject).end();
    });

  it("takes a new certificate while it runs, and keeps the old one where the new one is no good", async () => {
    const tls = files("first");
    const tokens = join(serving.folder, "tls.json");
    const { token } = createToken(tokens, "nurse", ["read"]);
    const server = await serving.start({ tls, tokens });
    expect(await issuer(server.url)).toBe("first");
    const body = JSON.stringify({ token });
    const { headers } = await ask(server.url, "/api/v1/session", { ...JSON_TYPE, origin: server.url }, "POST", body);
    expect(headers["set-cookie"]![0]).toMatch(/; Secure$/);
    expect(headers["strict-transport-security"]).toMatch(/^max-age=\d+$/);
    const plain = { ...JSON_TYPE, origin: server.url.replace("https", "http") };
    expect((await ask(server.url, "/api/v1/session", plain, "POST", body)).status).toBe(403);
    const next = files("second");
    for (const part of ["certificate", "key"] as const) writeFileSync(tls[part], readFileSync(next[part]));
    server.reloadCertificate();
    expect(await issuer(server.url)).toBe("second");
    writeFileSync(tls.certificate, "nothing");
    expect(() => server.reloadCertificate()).toThrow(/cannot be used/);
    expect(await issuer(server.url)).toBe("second");
  });

  it("is refused where the files do not fit", async () => {
    const [a, b] = [files("a"), files("b")];
    await expect(serving.start({ tls: { ...a, key: b.key } })).rejects.toMatchObject({ code: "FILE_INVALID" });
    await expect(serving.start({ tls: { ...a, key: "/nowhere.key" } })).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
    });
  });
});

describe("page files", () => {
  it("are those of the folder, compressed, known by their tags, and nothing beside them", async () => {
    const page = join(serving.folder, "page");
    mkdirSync(join(page, "assets"), { recursive: true });
    const script = "console.log('page');\n".repeat(200);
    writeFileSync(join(page, "index.html"), "<!doctype html><title>biox</title>");
    writeFileSync(join(page, "assets", "page.js"), script);
    writeFileSync(join(page, "page.js.map"), "{}");
    writeFileSync(join(serving.folder, "secret.html"), "secret");
    const { url } = await serving.start({}, { page });
    for (const path of ["/", "/index.html"]) {
      const { status, headers, body } = await ask(url, path);
      expect([status, headers["content-type"], String(body)]).toEqual([
        200,
        "text/html; charset=utf-8",
        "<!doctype html><title>biox</title>",
      ]);
    }
    const decoders = { br: brotliDecompressSync, gzip: gunzipSync, identity: (body: Buffer) => body };
    for (const [accepted, encoding] of [
      ["gzip, deflate, br", "br"],
      ["gzip", "gzip"],
      ["br;q=0, gzip", "gzip"],
      ["deflate", "identity"],
    ] as const) {
      const file = await ask(url, "/assets/page.js", { "accept-encoding": accepted });
      expect([file.headers["content-encoding"] ?? "identity", file.headers.vary]).toEqual([
        encoding,
        "accept-encoding",
      ]);
      expect(String(decoders[encoding](file.body))).toBe(script);
      const known = { "accept-encoding": accepted, "if-none-match": file.headers.etag! };
      const again = await ask(url, "/assets/page.js", known);
      expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, file.headers.etag]);
    }
    for (const path of [
      "/../secret.html",
      "/assets/../../secret.html",
      "/..%2fsecret.html",
      "/%2e%2e/secret.html",
      "/assets/%2e%2e/%2e%2e/secret.html",
      "/..\\secret.html",
      "/assets/..%5c..%5csecret.html",
      "//secret.html",
      "/./../secret.html",
      "/page.js.map",
      "/assets",
      "/assets/",
      "/index.html%00.js",
      "/etc/passwd",
      "/%c0%ae%c0%ae/secret.html",
    ]) {
      const { status, body } = await ask(url, path);
      expect([path, status >= 400 && status < 500, String(body).includes("secret")]).toEqual([path, true, false]);
    }
  });

  it("come with a policy that lets them run nothing but themselves, as every answer does", async () => {
    const { url } = await serving.start();
    for (const path of ["/", "/api/v1/wearers", "/nothing", "/%zz", "/metrics", "/health/live"]) {
      const { headers } = await ask(url, path);
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
          "base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
      );
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
      });
      expect(headers["x-powered-by"]).toBeUndefined();
    }
  });
});

describe("bodies and requests that are none", () => {
  it("are told from good ones, and change nothing", async () => {
    const gateway = new HandMadeGateway();
    const server = await serving.start({}, {}, gateway);
    const post = async (body: string, headers = JSON_TYPE) => {
      const { statusCode, body: text } = await server.app.inject({
        method: "POST",
        url: MARKERS,
        headers: { host: "localhost", ...headers },
        body,
      });
      return [statusCode, JSON.parse(text).code];
    };
    for (const [body, expected] of [
      ['{"name":"walk","__proto__":{"polluted":1}}', [400, "MALFORMED"]],
      ['{"__proto__":{"name":"walk"}}', [400, "MALFORMED"]],
      ['{"constructor":{"prototype":{"polluted":1}},"name":"walk"}', [400, "MALFORMED"]],
      ['{"name":{"toString":"x"}}', [400, "INVALID_ARGUMENT"]],
      ['{"name":"walk"', [400, "MALFORMED"]],
      ["", [400, "MALFORMED"]],
      ["[".repeat(60_000), [400, "MALFORMED"]],
      [`{"name":"${"x".repeat(70_000)}"}`, [413, "TOO_LARGE"]],
      ["\u0000", [400, "MALFORMED"]],
      ["NaN", [400, "MALFORMED"]],
    ] as const)
      expect([body.slice(0, 60), await post(body)]).toEqual([body.slice(0, 60), expected]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(gateway.marks).toEqual([]);
  });

  it("end their connection with a plain word", async () => {
    const server = await serving.start();
    for (const [bytes, expected] of [
      ["\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n", 400],
      ["GET\r\n\r\n", 400],
      ["GET / HTTP/9.9\r\n\r\n", 400],
      [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
      [`GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
      ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 421],
      ["POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\nHost: localhost\r\nX: a\u0000b\r\n\r\n", 400],
      ["BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
    ] as const) {
      const text = await send(server, bytes);
      expect([bytes.slice(0, 40), Number(text.split(" ")[1])]).toEqual([bytes.slice(0, 40), expected]);
      expect(JSON.parse(text.slice(text.indexOf("\r\n\r\n"))).message).toMatch(/\.$/);
    }
  });
});
