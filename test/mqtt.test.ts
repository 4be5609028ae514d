/** Messages over a real broker: what they are, and that none is lost or changed whatever breaks. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSink, type Sink, sinkSettings } from "biox-edge/gateway";
import Fastify from "fastify";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Broker, type BrokerOptions, freePort } from "../src/bench/soak/broker.js";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox } from "./support/biox.js";
import { exampleMessages, examplePrediction } from "./support/messages/examples.js";
import { hasMosquitto } from "./support/messages/mosquitto.js";
import { Subscriber } from "./support/messages/subscriber.js";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Root of a container may lack what networks and file systems of one's own take. */
const mayIsolate =
  process.getuid?.() === 0 &&
  spawnSync("unshare", ["-n", "-m", "ip", "link", "add", "bxa", "type", "veth", "peer", "name", "bxb"]).status === 0;
/** tools/messages/survive.sh asks for 30. */
const KILLS = Number(process.env.BIOX_TEST_KILLS ?? 4);

let folder: string;
let ending: (() => unknown)[];
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biox-mqtt-"));
  mkdirSync(join(folder, "broker"));
  ending = [() => rmSync(folder, { recursive: true, force: true })];
  told = [];
});
afterEach(async () => {
  for (const end of ending.reverse()) await end();
});

async function broker(options: BrokerOptions = {}): Promise<Broker> {
  const mosquitto = await Broker.start(join(folder, "broker"), options);
  ending.push(() => mosquitto.stop("SIGKILL"));
  return mosquitto;
}

async function subscribe(url: string, filter = "#", id?: string, qos?: 1 | 2): Promise<Subscriber> {
  const subscriber = await Subscriber.join(url, filter, id, qos);
  ending.push(() => subscriber.leave());
  return subscriber;
}

const settings = (url: string, more: object = {}) => ({ type: "mqtt", url, keepAlive: 5, ...more });

async function sinkAt(url: string, more: object = {}, data = join(folder, "data")): Promise<Sink> {
  const say = (_facts: object, sentence: string): void => {
    told.push(sentence);
  };
  const log = { info: say, warn: say, error: say };
  const sink = await createSink(v.parse(sinkSettings, settings(url, more)), { gateway: "g1", data, log });
  ending.push(() => sink.close(100));
  return sink;
}

/** Says of a payload what the schema in docs says of it, as the validator of Fastify (Ajv) reads that. */
function payloadCheck(): (payload: object) => Promise<string> {
  const app = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
  const body = JSON.parse(readFileSync(join(root, "docs/messages.schema.json"), "utf8"));
  app.post("/", { schema: { body } }, () => "valid");
  return async (payload) => (await app.inject({ method: "POST", url: "/", payload })).body;
}

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const markers = (n: number) =>
  Array.from({ length: n }, (_, i) => {
    const { id, at } = examplePrediction();
    return { id, at, wearer: "w01", type: "marker" as const, name: `marker ${i}`, by: "test" };
  });

describe.skipIf(!hasMosquitto)("messages over MQTT", () => {
  it("have the documented topics and payloads, ids, and a status", async () => {
    const { url } = await broker();
    const subscriber = await subscribe(url);
    const sink = await sinkAt(url);
    const sent = exampleMessages();
    for (const message of sent) sink.take(message);
    await until(() => sink.report().waiting === 0);
    expect(sink.report()).toMatchObject({ name: "mqtt", state: "open", reason: undefined, lost: 0 });
    // Two changes of quality besides.
    expect(sink.report()).toMatchObject({ taken: sent.length + 2, delivered: sent.length + 2 });
    await sink.close(2000);
    expect(sink.report().state).toBe("closed");
    await subscriber.message(({ payload }) => payload?.state === "offline");

    const { received } = subscriber;
    const check = payloadCheck();
    for (const { payload } of received) expect(await check(payload), JSON.stringify(payload)).toBe("valid");
    expect(await check({ ...received[1]!.payload, id: 5 })).toContain("body/id must be string");

    const topics = ["prediction", "unpredicted", "quality", "link", "marker", "overload"];
    expect(new Set(received.map(({ topic }) => topic))).toEqual(
      new Set([...topics.map((type) => `biox/g1/wearers/w01/${type}`), "biox/g1/status"]),
    );
    for (const { topic, payload, packet } of received.filter(({ payload }) => payload.type !== "status")) {
      expect(topic).toBe(`biox/g1/wearers/w01/${payload.type}`);
      expect(packet.properties).toMatchObject({ contentType: "application/json", userProperties: { id: payload.id } });
      expect(payload).toMatchObject({ gateway: "g1", wearer: "w01" });
    }
    for (const message of sent) expect(subscriber.times.get(message.id)).toBe(1);
    // Who comes now is told what is kept.
    const late = await subscribe(url, "#", "late");
    await late.until(() => late.received.length === 4);
    const kept = new Map(late.received.map(({ topic, payload }) => [topic, payload]));
    expect(kept.get("biox/g1/wearers/w01/prediction").id).toBe(sent[1]!.id);
    expect(kept.get("biox/g1/wearers/w01/quality")).toMatchObject({ reliable: false, reasons: ["motion"] });
    expect(kept.get("biox/g1/wearers/w01/link")).toMatchObject({ state: "waiting" });
    expect(kept.get("biox/g1/status")).toMatchObject({ state: "offline" });
  });

  it("announce wearers to Home Assistant, and take everything back when they go", async () => {
    const { url } = await broker();
    const subscriber = await subscribe(url);
    const first = await sinkAt(url, { homeAssistant: {} });
    for (const wearer of ["w01", "w02"]) first.take(examplePrediction(wearer));
    const { topic, payload, packet } = await subscriber.message(({ topic }) => topic.includes("g1_w02"));
    expect(topic).toBe("homeassistant/device/biox_g1_w02/config");
    expect(packet.qos).toBe(1);
    const parts = Object.values(payload.components) as { platform: string; state_topic: string; unique_id: string }[];
    expect(parts.map(({ platform }) => platform)).toEqual(["sensor", "sensor", "sensor", "binary_sensor"]);
    for (const part of parts) expect(part.state_topic).toMatch(/^biox\/g1\/wearers\/w02\/(prediction|link)$/);
    expect(new Set(parts.map((part) => part.unique_id)).size).toBe(4);
    await until(() => first.report().waiting === 0);
    await first.close(2000);
    // The next process has never heard of w02, and is told that there is only w01.
    const second = await sinkAt(url, { homeAssistant: {} });
    second.wearers!(["w01"]);
    const gone = ["homeassistant/device/biox_g1_w02/config", "biox/g1/wearers/w02/prediction"];
    for (const topic of gone) await subscriber.message((m) => m.topic === topic && m.payload === undefined);
    // What waited of one who goes is sent, and not kept.
    second.take(examplePrediction("w02"));
    await until(() => second.report().waiting === 0);
    const late = await subscribe(url, "#", "late");
    await late.caughtUp();
    for (const topic of ["homeassistant/device/biox_g1_w01/config", "biox/g1/wearers/w01/quality"])
      expect(late.received.map((m) => m.topic)).toContain(topic);
    expect(late.received.filter(({ topic }) => topic.includes("w02"))).toEqual([]);
  });

  it("go to a broker that asks for a password, and wait at one that refuses it", async () => {
    writeFileSync(join(folder, "right"), "secret\n");
    writeFileSync(join(folder, "wrong"), "guess\n");
    spawnSync("mosquitto_passwd", ["-c", "-b", join(folder, "users"), "ward", "secret"]);
    const { url } = await broker({ lines: ["allow_anonymous false", `password_file ${join(folder, "users")}`] });
    const refused = await sinkAt(url, { name: "refused", user: "ward", passwordFile: join(folder, "wrong") });
    await until(() => refused.report().state === "waiting");
    expect(refused.report().reason).toMatch(/not authorized/i);
    const sink = await sinkAt(url, { user: "ward", passwordFile: join(folder, "right") });
    sink.take(examplePrediction());
    await until(() => sink.report().delivered === 2);
    expect(told.join()).not.toMatch(/secret|guess/);
    await expect(sinkAt(url, { passwordFile: join(folder, "none") })).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
    });
  });

  it("go over TLS, with a certificate of their own, and to no broker that cannot show a right one", async () => {
    const at = (name: string): string => join(folder, name);
    const openssl = (line: string): void => {
      const { status, stderr } = spawnSync("openssl", line.split(" "), { cwd: folder, encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
    };
    for (const ca of ["ca", "other"])
      openssl(
        `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${ca}.key -out ${ca}.pem -subj /CN=${ca}`,
      );
    writeFileSync(at("names"), "subjectAltName=IP:127.0.0.1");
    for (const name of ["broker", "gateway"]) {
      openssl(
        `req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${name}.key -out ${name}.csr -subj /CN=${name}`,
      );
      openssl(`x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out ${name}.pem -extfile names`);
    }
    const files = [`cafile ${at("ca.pem")}`, `certfile ${at("broker.pem")}`, `keyfile ${at("broker.key")}`];
    const { port } = await broker({ lines: [...files, "require_certificate true", "use_identity_as_username true"] });
    const url = `mqtts://127.0.0.1:${port}`;
    const own = { certificate: at("gateway.pem"), key: at("gateway.key") };
    const sink = await sinkAt(url, { ...own, ca: at("ca.pem") });
    sink.take(examplePrediction());
    await until(() => sink.report().delivered === 2);
    const wary = await sinkAt(url, { ...own, name: "wary", ca: at("other.pem") });
    await until(() => wary.report().state === "waiting");
    expect(wary.report().reason).toMatch(/certificate/);
  });

  it("wait for a broker that is not there yet, and over its restarts", async () => {
    const port = await freePort();
    const nowhere = await sinkAt(`mqtt://127.0.0.1:${port}`, { name: "nowhere" });
    await until(() => nowhere.report().state === "waiting");
    expect(nowhere.report().reason).toBe("nobody listens at that address and port");
    nowhere.take(examplePrediction());
    expect(nowhere.report()).toMatchObject({ waiting: 2, delivered: 0, lost: 0 });

    for (const qos of [1, 2] as const) {
      const mosquitto = await broker();
      const subscriber = await subscribe(mosquitto.url, "#", `subscriber${qos}`, 2);
      const sink = await sinkAt(mosquitto.url, { name: `qos${qos}`, qos });
      const sent = markers(400);
      for (const [i, message] of sent.entries()) {
        sink.take(message);
        if (i % 200 === 100) await mosquitto.stop();
        if (i % 200 === 150) await mosquitto.start();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await until(() => sink.report().waiting === 0);
      await subscriber.until(() => sent.every(({ id }) => subscriber.times.has(id)));
      expect(sink.report()).toMatchObject({ delivered: 400, lost: 0 });
      const sentAt = subscriber.received.filter(({ payload }) => payload?.id).map(({ packet }) => packet.qos);
      expect(new Set(sentAt)).toEqual(new Set([qos]));
      // A broker that has forgotten the session is given all again that was on the way.
      for (const message of markers(100)) sink.take(message);
      await mosquitto.stop("SIGKILL");
      await mosquitto.start();
      await until(() => sink.report().waiting === 0);
      expect(sink.report()).toMatchObject({ delivered: 500, lost: 0 });
      await sink.close(1000);
      await subscriber.leave();
      await mosquitto.stop();
    }
  });

  it("survive kill -9 of their process, and come once by their ids", { timeout: 60_000 + 15_000 * KILLS }, async () => {
    const mosquitto = await broker();
    const subscriber = await subscribe(mosquitto.url);
    const ledger = join(folder, "ledger");
    const run = (most: number): ChildProcess => {
      const script = fileURLToPath(new URL("./support/messages/producer.mjs", import.meta.url));
      const args = [
        join(root, "dist"),
        JSON.stringify(settings(mosquitto.url)),
        join(folder, "data"),
        ledger,
        "1",
        `${most}`,
      ];
      const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
      ending.push(() => child.kill("SIGKILL"));
      return child;
    };
    const lines = (): string[] => readFileSync(ledger, "utf8").trim().split("\n");
    writeFileSync(ledger, "");
    for (let kill = 1; kill <= KILLS; kill++) {
      // Each second time while the broker is away.
      if (kill % 2 === 0) await mosquitto.stop();
      const child = run(1e6);
      const before = lines().length;
      await until(() => lines().length > before + 50 * (1 + (kill % 5)));
      child.kill("SIGKILL");
      await once(child, "exit");
      if (kill % 2 === 0) await mosquitto.start();
    }
    const last = run(10);
    const [code] = await once(last, "exit");
    expect(code).toBe(0);
    const sent = lines();
    expect(sent.length).toBeGreaterThan(100 * KILLS);
    await subscriber.until(() => sent.every((id) => subscriber.times.has(id)));
    const twice = sent.filter((id) => subscriber.times.get(id)! > 1).length;
    console.log(`${KILLS} kills: ${sent.length} messages taken, all received, ${twice} of them more than once`);
    // What came twice was the same: it can be told by its id.
    const texts = new Map<string, string>();
    for (const { payload } of subscriber.received.filter(({ payload }) => payload?.id)) {
      const text = JSON.stringify(payload);
      expect(texts.get(payload.id) ?? text).toBe(text);
      texts.set(payload.id, text);
    }
    // The broker said that the gateway was gone, each time it was there to say so.
    expect(subscriber.received.filter(({ payload }) => payload?.state === "offline").length).toBeGreaterThanOrEqual(
      KILLS / 2,
    );
    // Nothing is left of it.
    expect(readdirSync(join(folder, "data/queues")).sort()).toEqual(["mqtt.sqlite"]);
  });
});

describe.skipIf(!hasMosquitto)("biox serve with a sink for MQTT", () => {
  it("sends what its wearers' bundles say, and takes back a wearer who goes", async () => {
    const { url } = await broker();
    const subscriber = await subscribe(url);
    await buildTinyBundle(join(folder, "tiny"), { rate: 100, seconds: 2, hop: 0.5 });
    const config = (...wearers: string[]): string =>
      JSON.stringify({
        gateway: "g1",
        data: join(folder, "data"),
        listen: { port: 0 },
        bundles: { tiny: { path: join(folder, "tiny") } },
        trust: { unsigned: "allow" },
        wearers: wearers.map((id) => ({ id, source: "sim:?rate=100&hr=72", bundles: ["tiny"] })),
        sinks: [settings(url)],
      });
    const path = join(folder, "gateway.yaml");
    writeFileSync(path, config("w01", "w02"));
    const served = new Biox(["serve", path]);
    ending.push(() => served.child.kill("SIGKILL"));
    const check = payloadCheck();
    for (const wearer of ["w01", "w02"])
      for (const type of ["prediction", "link", "quality"]) {
        const topic = `biox/g1/wearers/${wearer}/${type}`;
        const { payload } = await subscriber.message((m) => m.topic === topic);
        expect(await check(payload), JSON.stringify(payload)).toBe("valid");
      }
    writeFileSync(path, config("w01"));
    served.child.kill("SIGHUP");
    await subscriber.message((m) => m.topic === "biox/g1/wearers/w02/prediction" && m.payload === undefined);
    served.child.kill("SIGTERM");
    expect((await served.finished).code).toBe(0);
    const late = await subscribe(url, "#", "late");
    await late.caughtUp();
    expect(late.received.map(({ topic }) => topic)).toContain("biox/g1/wearers/w01/prediction");
    expect(late.received.filter(({ topic }) => topic.includes("w02"))).toEqual([]);
    const last = subscriber.received.findLast(({ topic }) => topic === "biox/g1/status");
    expect(last!.payload).toMatchObject({ state: "offline", at: expect.any(Number) });
  });
});

if (hasMosquitto && !mayIsolate) process.stdout.write("skipped: no networks and mounts of one's own here\n");
describe.skipIf(!hasMosquitto || !mayIsolate)("messages over MQTT, as root", () => {
  it("survive a network that is cut", async () => {
    const name = `bx${process.pid % 100_000}`;
    const ip = (line: string): void => {
      const { status, stderr } = spawnSync("ip", line.split(" "), { encoding: "utf8" });
      if (status !== 0) throw new Error(`ip ${line}: ${stderr}`);
    };
    ip(`netns add ${name}`);
    ending.push(() => spawnSync("ip", ["netns", "del", name]));
    const net = `10.${200 + (process.pid % 50)}.${process.pid % 250}`;
    ip(`link add ${name}a type veth peer name ${name}b netns ${name}`);
    ending.push(() => spawnSync("ip", ["link", "del", `${name}a`]));
    ip(`addr add ${net}.1/30 dev ${name}a`);
    ip(`link set ${name}a up`);
    ip(`-n ${name} addr add ${net}.2/30 dev ${name}b`);
    ip(`-n ${name} link set ${name}b up`);
    const mosquitto = await broker({ address: `${net}.2`, namespace: name });
    const subscriber = await subscribe(mosquitto.url);
    const sink = await sinkAt(mosquitto.url);
    const sent = markers(900);
    const send = async (from: number, to: number): Promise<void> => {
      for (const message of sent.slice(from, to)) {
        sink.take(message);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await send(0, 300);
    ip(`-n ${name} link set ${name}b down`);
    await send(300, 600);
    // The silent connection is given up.
    await until(() => sink.report().state === "waiting");
    expect(sink.report().waiting).toBeGreaterThanOrEqual(280);
    ip(`-n ${name} link set ${name}b up`);
    await send(600, 900);
    await until(() => sink.report().waiting === 0);
    await subscriber.until(() => sent.every(({ id }) => subscriber.times.has(id)));
    expect(sink.report()).toMatchObject({ delivered: 900, lost: 0 });
  });

  it("wait in memory while the disk is full", async () => {
    const data = join(folder, "small");
    mkdirSync(data);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", data], { encoding: "utf8" });
    expect(mounted.stderr).toBe("");
    ending.push(() => spawnSync("umount", ["-l", data]));
    const mosquitto = await broker();
    const subscriber = await subscribe(mosquitto.url);
    await mosquitto.stop();
    const sink = await sinkAt(mosquitto.url, {}, data);
    const { bavail, bsize } = statfsSync(data);
    writeFileSync(join(data, "ballast"), Buffer.alloc(bavail * bsize));
    const sent = markers(500);
    for (const message of sent) sink.take(message);
    await until(() => sink.report().reason?.includes("the disk is full") === true);
    expect(sink.report()).toMatchObject({ waiting: 500, lost: 0 });
    rmSync(join(data, "ballast"));
    await until(() => sink.report().reason?.includes("disk") === false);
    expect(told.join("\n")).toMatch(/queue of sink mqtt is well again/);
    await mosquitto.start();
    await until(() => sink.report().waiting === 0);
    await subscriber.until(() => sent.every(({ id }) => subscriber.times.has(id)));
    expect(sink.report()).toMatchObject({ delivered: 500, lost: 0 });
  });
});
