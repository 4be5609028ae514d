/** `biox serve`, `init` and `service` as a stranger uses them. */

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { generateKey, signBundle } from "biox-edge";
import { readConfig } from "biox-edge/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { sections } from "../src/cli/serve-parts.js";
import { Biox, biox, type Line } from "./support/biox.js";
import { SOCAT } from "./support/fake-device.js";
import { until } from "./support/until.js";

const folder = mkdtempSync(join(tmpdir(), "biox-serve-"));
const running: Biox[] = [];
beforeAll(() => buildTinyBundle(join(folder, "tiny"), { rate: 100, seconds: 2, hop: 0.5 }));
afterAll(async () => {
  for (const gateway of running) await gateway.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

const GOOD = `
gateway: ward
data: data
bundles: { tiny: { path: tiny, threads: 1 } }
trust: { unsigned: allow }
listen: { port: 0 }
wearers:
  - { id: w1, source: "sim:?hr=72", bundles: [tiny] }
`;

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A gateway whose log, which goes to stderr, can be read line by line. */
class Serving {
  readonly log: Line[] = [];
  readonly gateway: Biox;

  constructor(path: string, env: NodeJS.ProcessEnv = {}) {
    this.gateway = new Biox(["serve", path], env);
    running.push(this.gateway);
    let rest = "";
    this.gateway.child.stderr!.on("data", (text: Buffer) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.log.push(...lines.map((line) => JSON.parse(line)));
    });
  }

  async said(sentence: string): Promise<Line> {
    const find = (): Line => this.log.find(({ msg }) => msg === sentence);
    await until(sentence, () => find() !== undefined);
    return find();
  }

  async get(path: string): Promise<Line> {
    const { url } = await this.said("page and HTTP interface are open");
    return (await fetch(`${url}${path}`)).json();
  }
}

describe.concurrent("biox serve", () => {
  it("answers over HTTP, keeps a bad configuration out, takes a good one, and ends within 2 s", async () => {
    const path = write("gateway.yaml", GOOD);
    const serving = new Serving(path);
    await serving.said("gateway is ready");
    await until("a prediction", async () => {
      const [wearer] = (await serving.get("/api/v1/wearers")).wearers;
      return wearer.bundles[0].latest?.label !== undefined;
    });

    writeFileSync(path, GOOD.replace("hr=72", "hr=720"));
    serving.gateway.child.kill("SIGHUP");
    const refused = await serving.said("configuration cannot be used: the gateway goes on with the one it has");
    expect(refused.reason).toMatch(/gateway\.yaml:8: .*hr to be a number from 30 to 220, but received '720'/);
    expect((await serving.get("/api/v1/wearers")).wearers).toHaveLength(1);

    writeFileSync(path, `${GOOD}  - { id: w2, source: "sim:?hr=90&seed=2" }\nsinks: [{ type: csv, folder: csv }]\n`);
    serving.gateway.child.kill("SIGHUP");
    await serving.said("configuration is read again");
    await until("the second wearer is there", async () => {
      const { wearers } = await serving.get("/api/v1/wearers");
      return wearers.length === 2 && wearers[1].state === "open";
    });
    await until("the sink has taken something", async () => {
      const [sink] = (await serving.get("/api/v1/sinks")).sinks;
      return sink?.taken > 0;
    });

    const begin = performance.now();
    const { code, stdout } = await serving.gateway.stop("SIGTERM");
    // The bar of the gateway itself: a service that takes longer than 2 s to stop holds up the machine.
    expect(performance.now() - begin).toBeLessThan(2000);
    expect(code).toBe(0);
    expect(stdout).toBe("");
    await serving.said("gateway has stopped");
    expect(existsSync(join(folder, "data", "csv", "w1"))).toBe(true);
    // Whatever the user's own habit is: others may read nothing of wearers.
    for (const name of [".", ...readdirSync(join(folder, "data"), { recursive: true, encoding: "utf8" })])
      expect([name, statSync(join(folder, "data", name)).mode & 0o027]).toEqual([name, 0]);
    // Facts about the gateway, and of signals nothing.
    const facts = new Set(serving.log.flatMap((line) => Object.keys(line)));
    for (const signal of ["values", "samples", "probs", "label", "pulseRate", "t"]) expect(facts).not.toContain(signal);
  });

  it("lets a configuration that cannot be used change nothing, and loads bundles anew where others are trusted", async () => {
    const sign = ["ours.pem", "others.pem"].map((name) => join(folder, name));
    const [ours, others] = await Promise.all(sign.map(async (path) => (await generateKey("ed25519", path)).text));
    cpSync(join(folder, "tiny"), join(folder, "signed"), { recursive: true });
    await signBundle(join(folder, "signed"), sign[0]!);
    const text = GOOD.replace("path: tiny", "path: signed")
      .replace("data: data", "data: unchanged")
      .replace("unsigned: allow", `keys: ["${ours}"]`);
    const path = write("unchanged.yaml", text);
    const serving = new Serving(path);
    const { url } = await serving.said("page and HTTP interface are open");
    await serving.said("bundle is loaded");
    await serving.said("gateway is ready");
    const busy = createServer().listen(0, "127.0.0.1");
    await once(busy, "listening");
    const { port } = busy.address() as AddressInfo;
    const mqtt = '{ type: mqtt, url: "mqtt://127.0.0.1:1", passwordFile: none }';
    const unusable: [text: string, reason: RegExp][] = [
      [text.replace("path: signed", "path: nowhere"), /No bundle was found at 'nowhere'/],
      [text.replace(ours!, others!), /is signed by key \w+, which is not one of those that are trusted/],
      [text.replace("port: 0", "port: 0, address: 0.0.0.0"), /while there are no tokens/],
      [text.replace("port: 0", `port: ${port}`), /another program listens there/],
      [`${text.replace("port: 0", "port: 0, viewers: 3")}sinks: [${mqtt}]\n`, /File 'none' does not exist/],
    ];
    for (const [i, [wrong, reason]] of unusable.entries()) {
      writeFileSync(path, wrong);
      serving.gateway.child.kill("SIGHUP");
      const sentence = "configuration cannot be used: the gateway goes on with the one it has";
      const refusals = (): Line[] => serving.log.filter(({ msg }) => msg === sentence);
      await until(String(reason), () => refusals().length > i);
      expect(refusals()[i].reason).toMatch(reason);
    }
    busy.close();
    // Nobody had to look for the page elsewhere, and the bundle is the one that there was.
    expect((await serving.get("/api/v1/bundles")).bundles[0].failure).toBeUndefined();
    const told = (msg: string): Line[] => serving.log.filter((line) => line.msg === msg);
    expect(told("page and HTTP interface are open").map((line) => line.url)).toEqual([url]);
    expect(told("bundle is loaded")).toHaveLength(1);

    await signBundle(join(folder, "signed"), sign[1]!);
    writeFileSync(path, text.replace(ours!, others!));
    serving.gateway.child.kill("SIGHUP");
    await serving.said("configuration is read again");
    await until("the bundle is loaded anew", () => told("bundle is loaded").length === 2);
    // Its wearer was not disturbed.
    const [wearer] = (await serving.get("/api/v1/wearers")).wearers;
    expect(wearer).toMatchObject({ state: "open", opened: 1, lost: 0 });
    expect((await serving.gateway.stop("SIGTERM")).code).toBe(0);
  });

  it("runs no bundle that nobody it trusts has signed, and removes recordings that are too old", async () => {
    const old = join(folder, "strict", "recordings", "w9", "w9-2020-01-31T13-00-00.000Z.bioxrec");
    mkdirSync(dirname(old), { recursive: true });
    writeFileSync(old, "BIOXREC1");
    utimesSync(old, 1.58e9, 1.58e9);
    const text = GOOD.replace("unsigned: allow", "unsigned: refuse").replace("data: data", "data: strict");
    const serving = new Serving(write("strict.yaml", `${text}recordings: { keep: { days: 1 } }\n`));
    expect((await serving.said("bundle cannot be run")).reason).toMatch(/'tiny' is not signed, and only signed/);
    expect(await serving.said("recording is removed")).toMatchObject({ path: old, reason: "age" });
    expect(existsSync(old)).toBe(false);
    const { bundles } = await serving.get("/api/v1/bundles");
    expect(bundles[0].failure).toMatch(/is not signed/);
    expect((await serving.gateway.stop("SIGTERM")).code).toBe(0);
  });

  it.runIf(SOCAT)("tells systemd that it is ready, alive, reloading and stopping", async () => {
    if (spawnSync("systemd-notify", ["--version"]).error) {
      process.stdout.write("skipped: no systemd-notify\n");
      return;
    }
    const socket = join(folder, "notify");
    const heard = join(folder, "heard");
    // Unlike systemd it does not answer, so that systemd-notify waits 5 s behind each word.
    const socat = spawn(SOCAT!, ["-u", `UNIX-RECV:${socket}`, `CREATE:${heard}`]);
    await until("the socket is there", () => existsSync(socket));
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "600000" };
    const path = write("notified.yaml", GOOD.replace("data: data", "data: notified"));
    const serving = new Serving(path, env);
    const told = (): string => readFileSync(heard, "utf8");
    try {
      await until("READY=1", () => told().includes("READY=1"));
      expect(serving.log.some(({ msg }) => msg === "gateway is ready")).toBe(true);
      await until("WATCHDOG=1", () => told().includes("WATCHDOG=1"));
      serving.gateway.child.kill("SIGHUP");
      await until("READY=1 after RELOADING=1", () => /RELOADING=1[\s\S]*READY=1/.test(told()));
      expect(told()).toMatch(/MONOTONIC_USEC=\d+/);
      expect((await serving.gateway.stop("SIGTERM")).code).toBe(0);
      await until("STOPPING=1", () => told().includes("STOPPING=1"));
    } finally {
      socat.kill();
    }
  });

  it("says what is wrong with a configuration, and where", async () => {
    const good = await biox(["serve", "--check", write("right.yaml", GOOD)]);
    expect(good).toMatchObject({ code: 0, stdout: "The configuration is right: 1 wearers, 1 bundles.\n", stderr: "" });
    const bad = await biox(["serve", "--check", write("wrong.yaml", GOOD.replace("id: w1", "id: Anna Müller"))]);
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/wrong\.yaml:8: expected wearers\[0\]\.id to be a pseudonymous id/);
    expect(bad.stderr).not.toMatch(/\n {4}at /);
    const none = await biox(["serve", "--check", join(folder, "none", "none.yaml")]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/does not exist/) });
    const gone = await biox(["serve", "--check", write("gone.yaml", GOOD.replace("path: tiny", "path: nowhere"))]);
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringMatching(/nowhere/) });
    const sinks = '[{ type: influx, url: "http://x", bucket: b, tokenFile: no-token }]';
    const secret = await biox(["serve", "--check", write("secret.yaml", `${GOOD}sinks: ${sinks}\n`)]);
    expect(secret).toMatchObject({ code: 1, stderr: expect.stringMatching(/'no-token' does not exist/) });
    const unsigned = await biox([
      "serve",
      "--check",
      write("unsigned.yaml", GOOD.replace("unsigned: allow", "keys: []")),
    ]);
    expect(unsigned).toMatchObject({ code: 1, stderr: expect.stringMatching(/sign/) });
  });
});

const wearers = (lines: string): string => GOOD.replace(/wearers:[\s\S]*/, `wearers:\n${lines}\n`);

it.each<[name: string, text: string, line: number | undefined, what: RegExp]>([
  ["nothing", "", undefined, /expected wearers, but it is missing/],
  ["a list", "- a", 1, /expected keys with values/],
  ["no YAML", "a: [1", 1, /expected YAML/],
  ["a tab", "wearers:\n\t- id: a", 2, /expected YAML/],
  ["a key twice", `${GOOD}gateway: x\n`, 9, /expected YAML.*unique/],
  ["two documents", `${GOOD}---\n${GOOD}`, 9, /expected YAML, but a second document begins here\.$/],
  [
    "a broker that is none",
    `${GOOD}scale: { nats: "http://x", bundles: [tiny] }\n`,
    9,
    /: expected scale\.nats to be a URL such as nats:[^:]*:4222, or tls:\/\/ where TLS is a must, but received 'http/,
  ],
  [
    "a deadline in words",
    `${GOOD}scale: { nats: "nats://x", bundles: [tiny], deadline: soon }\n`,
    9,
    /to be a number from 1 to 3600, but received 'soon'/,
  ],
  ["a key that is none", `${GOOD}sink: []\n`, 9, /no key 'sink' in the top level/],
  ["a key within that is none", GOOD.replace("bundles: [tiny]", "bundle: tiny"), 8, /no key 'bundle' in wearers\[0\]/],
  ["an id with a space", GOOD.replace("ward", "'ward 3'"), 2, /gateway to be an id/],
  ["an id that leads elsewhere", GOOD.replace("id: w1", "id: ../w1"), 8, /wearers\[0\]\.id/],
  ["an id that is too long", GOOD.replace("id: w1", `id: ${"w".repeat(41)}`), 8, /1 to 40/],
  ["no id", GOOD.replace("id: w1, ", ""), 8, /wearers\[0\]\.id, but it is missing/],
  ["an id twice", wearers('  - { id: a, source: "sim:" }\n  - { id: a, source: "sim:" }'), 9, /'a' is given twice/],
  ["no source", GOOD.replace(/source: "[^"]*", /, ""), 8, /source, but it is missing/],
  ["a source that is none", GOOD.replace("sim:?hr=72", "serail:/dev/ttyUSB0"), 8, /is not a source/],
  ["a device that is none", GOOD.replace("sim:?hr=72", "serial:/dev/ttyUSB0?device=bioks"), 8, /bioks/],
  ["a USB device that is none", GOOD.replace("sim:?hr=72", "usb:10c4"), 8, /does not name a USB device/],
  ["a hop of nothing", GOOD.replace("id: w1", "id: w1, hop: 0"), 8, /hop to be a number of seconds above 0/],
  ["a hop in words", GOOD.replace("id: w1", "id: w1, hop: often"), 8, /but received 'often'/],
  [
    "a bundle that is not there",
    GOOD.replace("bundles: [tiny]", "bundles: [tinny]"),
    8,
    /a name under 'bundles', but received 'tinny'/,
  ],
  ["a bundle twice", GOOD.replace("bundles: [tiny]", "bundles: [tiny, tiny]"), 8, /names that differ/],
  ["a bundle without a path", GOOD.replace("path: tiny, ", ""), 4, /bundles\.tiny\.path, but it is missing/],
  ["too many engines", GOOD.replace("threads: 1", "engines: 65"), 4, /a whole number from 1 to 64, but received 65/],
  ["a level that is none", `${GOOD}log: { level: loud }\n`, 9, /one of debug, info, warn, error, silent/],
  ["a port that is none", GOOD.replace("port: 0", "port: 70000"), 6, /listen\.port/],
  ["a sink that is none", `${GOOD}sinks: [{ type: fax }]\n`, 9, /sinks\[0\]/],
  [
    "one port for two",
    wearers("  - { id: a, source: 'serial:/dev/ttyUSB0' }\n  - { id: b, source: 'serial:/dev/../dev/ttyUSB0' }"),
    9,
    /'b' and 'a' would both have \/dev\/ttyUSB0/,
  ],
  [
    "one USB device for two",
    wearers("  - { id: a, source: 'usb:ffff:0001?serial=A' }\n  - { id: b, source: 'usb:FFFF:0001?serial=A' }"),
    9,
    /would both have USB device ffff:0001 with serial number A/,
  ],
  ["more than memory holds", `a: &a [x, x, x, x, x, x, x, x, x]\n${bomb()}`, undefined, /alias/i],
])("a configuration with %s is refused with its line", async (name, text, line, what) => {
  const path = write(`bad-${name.replaceAll(" ", "-")}.yaml`, text);
  const error: unknown = await readConfig(path, await sections()).then(
    () => "taken",
    (cause) => cause,
  );
  expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringMatching(what) });
  expect(
    (error as Error).message.startsWith(line === undefined ? `${path}: ` : `${path}:${line}: `),
    String(error),
  ).toBe(true);
});

/** Each line repeats the one before nine times. */
function bomb(): string {
  const line = (name: string, of: string): string => `${name}: &${name} [${Array(9).fill(`*${of}`).join(", ")}]\n`;
  return [..."bcdefghi"].map((name, i) => line(name, "abcdefgh"[i]!)).join("");
}

it("docs/gateway-config.md lists every key, its default and what it means", () => {
  const table = execFileSync(process.execPath, ["tools/gateway-config-table.mjs"], { encoding: "utf8" });
  expect(table.split("\n").length).toBeGreaterThan(60);
  for (const row of table.trim().split("\n")) {
    expect(row).not.toMatch(/\| +\|$/);
    expect(readFileSync("docs/gateway-config.md", "utf8")).toContain(row);
  }
});

describe("biox init", () => {
  it("writes a configuration that is right, once", async () => {
    const path = join(folder, "new.yaml");
    const { code, stdout } = await biox(["init", "--no-probe", path]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`Now: biox serve --check ${path}`) });
    expect(await biox(["serve", "--check", path])).toMatchObject({ code: 0 });
    const text = readFileSync(path, "utf8");
    expect(await biox(["init", path])).toMatchObject({ code: 1, stderr: expect.stringMatching(/it exists already/) });
    expect(readFileSync(path, "utf8")).toBe(text);
  });
});

describe("biox service", () => {
  it("shows a unit that systemd understands, and that shuts the gateway in", async () => {
    const config = write("unit.yaml", GOOD.replace("data: data", "data: /var/lib/biox"));
    const { code, stdout } = await biox(["service", "install", "--print", config]);
    expect(code).toBe(0);
    const unit = join(folder, "biox.service");
    const lines = stdout
      .split("\n")
      .flatMap((line) => (line.startsWith("  ") ? [line.slice(2)] : line === "" ? [""] : []));
    writeFileSync(unit, lines.join("\n"));
    expect(lines).toContain(`ExecStart=${process.execPath} ${process.cwd()}/dist/cli/main.js serve ${config}`);
    if (spawnSync("systemd-analyze", ["--version"]).error) {
      process.stdout.write("skipped: no systemd-analyze\n");
      return;
    }
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const judged = execFileSync("systemd-analyze", ["security", "--offline=true", "--no-pager", unit], {
      encoding: "utf8",
    });
    const [, exposure] = /Overall exposure level for biox\.service: ([\d.]+)/.exec(judged) ?? [];
    expect(Number(exposure)).toBeLessThan(3);
  });

  it("refuses what a service could not do", async () => {
    const outside = await biox(["service", "install", "--print", write("outside.yaml", GOOD)]);
    expect(outside).toMatchObject({ code: 1, stderr: expect.stringMatching(/data to be within \/var\/lib\/biox/) });
    if (existsSync("/run/systemd/system")) return;
    const config = write("unit2.yaml", GOOD.replace("data: data", "data: /var/lib/biox"));
    for (const command of [["install", config], ["uninstall"]])
      expect(await biox(["service", ...command])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/not started by systemd/),
      });
    expect((await biox(["service", "status"])).code).not.toBe(0);
  });
});
