/** docs/http.md says what there is, and its commands work. */

import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createToken } from "biox-edge/gateway";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Server } from "../src/server/index.js";
import { PROBLEMS } from "../src/server/problem.js";
import { ApiDocument } from "./support/api-document.js";
import { answer, HandMadeGateway, NO_WORKERS } from "./support/hand-made-gateway.js";
import { Serving } from "./support/serving.js";

const text = readFileSync(new URL("../docs/http.md", import.meta.url), "utf8");
const all = (pattern: RegExp): string[][] => [...text.matchAll(pattern)].map((match) => match.slice(1));

const serving = new Serving();
const gateway = new HandMadeGateway();
const tokens = join(serving.folder, "tokens.json");
let server: Server;
let TOKEN: string;
let ADMIN: string;

beforeAll(async () => {
  TOKEN = createToken(tokens, "somebody", ["read", "mark"]).token;
  ADMIN = createToken(tokens, "boss", ["admin"]).token;
  server = await serving.start({ tokens }, {}, gateway);
});
afterAll(() => serving.end());

it("names every route with its scope, and no other", async () => {
  const { operations } = await ApiDocument.of(server.url);
  const documented = operations.map(([name, { security }]) => {
    const [method, path] = name.split(" ") as [string, string];
    const token = security!.find((way) => "token" in way)?.token;
    return [path, method.toUpperCase(), token === undefined ? "none" : (token[0] ?? "any")];
  });
  expect(all(/^\| `(\/\S+)` \| (\w+) \| (\w+) \|/gm).sort()).toEqual(documented.sort());
});

it("names every code with its status", () => {
  const named = all(/^\| `([A-Z_]+)` \| (\d+) \|/gm).map(([code, status]) => [code, Number(status)]);
  expect(named.sort()).toEqual(Object.entries(PROBLEMS).sort());
});

it("names every metric", async () => {
  gateway.workers = NO_WORKERS;
  const metrics = await (
    await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })
  ).text();
  const told = [...metrics.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]);
  expect(
    all(/`((?:biox|process|nodejs)_\w+)`/g)
      .flat()
      .sort(),
  ).toEqual(told.map(([name]) => name).sort());
  for (const [name, type] of told) expect([name, type === "counter"]).toEqual([name, name!.endsWith("_total")]);
  for (const name of told.filter(([, type]) => type === "histogram").flat())
    if (name !== "histogram") expect(name).toMatch(/_seconds$/);
});

it("gives commands that work", async () => {
  try {
    execFileSync("curl", ["--version"]);
  } catch {
    return console.log("skipped: no curl");
  }
  gateway.messages.push(answer({ at: Date.now() }));
  const commands = all(/^(curl .*)$/gm).flat();
  expect(commands.length).toBeGreaterThan(15);
  for (const command of commands) {
    // --json came with curl 7.82.
    const line = command
      .replaceAll("http://127.0.0.1:8321", server.url)
      .replace("--json", '-H "Content-Type: application/json" --data');
    const options = { cwd: serving.folder, env: { ...process.env, TOKEN, ADMIN } };
    const { stdout } = await promisify(execFile)("sh", ["-c", line.replace("curl", "curl -sS --fail")], options);
    if (!command.includes("DELETE")) expect([command, stdout.length > 10]).toEqual([command, true]);
  }
  expect(gateway.marks).toEqual([{ wearer: "w01", name: "walk", by: "somebody" }]);
});
