/** What a worker answers, what it refuses, and what a gateway does when nobody answers: against a real nats-server. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { type Bundle, createEngine, loadBundle, type Prediction, type Unpredicted } from "biox-edge";
import {
  bundleHash,
  createLog,
  Gateway,
  type ScaleSettings,
  ScaleWorker,
  scaledLoader,
  WindowBroker,
  WindowPool,
} from "biox-edge/gateway";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox, biox } from "./support/biox.js";
import { hasNatsServer, NatsServer, scaleOf } from "./support/nats-server.js";
import { openWearers, RATE, until, writeWearer } from "./support/wearers.js";

const CAUSAL = [{ step: "highpass", design: "butterworth", order: 2, cutoff: 0.5, mode: "causal" }, { step: "zscore" }];

describe.runIf(hasNatsServer)("windows that others run", () => {
  let folder: string;
  let server: NatsServer;
  let nats: NatsConnection;
  let bundles: Record<"tiny" | "causal" | "other", Bundle>;
  /** Ended behind each test, the newest first. */
  const open: (() => unknown)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "biox-scale-"));
    const shape = { rate: RATE, seconds: 2, hop: 0.5, openBatch: true };
    await buildTinyBundle(join(folder, "tiny"), shape);
    await buildTinyBundle(join(folder, "causal"), { ...shape, prepare: CAUSAL });
    await buildTinyBundle(join(folder, "other"), { ...shape, seed: 7 });
    const load = (name: string): Promise<Bundle> => loadBundle(join(folder, name));
    bundles = { tiny: await load("tiny"), causal: await load("causal"), other: await load("other") };
  });

  afterEach(async () => {
    for (const end of open.splice(0).reverse()) await end();
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A server of this test's own, so that none sees what another has left. */
  async function begin(extra = "", url?: (port: number) => string): Promise<void> {
    server = await NatsServer.start(extra);
    open.push(() => server.close());
    nats = await connect({ servers: url?.(server.port) ?? server.url });
    open.push(() => nats.close());
  }

  function brokerOf(changes: Partial<ScaleSettings> = {}, gateway = "ward"): WindowBroker {
    const broker = new WindowBroker(scaleOf(server, changes), gateway);
    open.push(() => broker.close());
    return broker;
  }

  async function work(bundle: Bundle, batch = 1): Promise<ScaleWorker> {
    const pool = await WindowPool.create(bundle, { threads: 1, batch });
    const worker = new ScaleWorker(bundle, pool, { nats: server.url }, "test");
    const stop = new AbortController();
    const ended = worker.run(stop.signal);
    open.push(async () => {
      stop.abort();
      await ended;
      await pool.close();
    });
    return worker;
  }

  /** All answers of a bundle over recordings of so many seconds, eight times as fast. */
  async function answersOf(
    broker: WindowBroker,
    bundle: Bundle,
    seconds: number,
    wearers = 1,
  ): Promise<{
    predictions: Prediction[];
    unpredicted: Unpredicted[];
    skipped: number;
    notes: string[];
    uris: string[];
  }> {
    const engine = await broker.createEngine(bundle);
    await until(() => broker.report().state === "open");
    const uris = Array.from({ length: wearers }, (_, n) => writeWearer(folder, n, seconds, 8));
    const sources = await openWearers(uris);
    const predictions: Prediction[] = [];
    const unpredicted: Unpredicted[] = [];
    const notes: string[] = [];
    engine.on("unpredicted", (event) => unpredicted.push(event)).on("note", (note) => notes.push(note));
    await Promise.all(
      sources.map(async (source, n) => {
        for await (const prediction of engine.run(source, { wearer: `p${n}` })) predictions.push(prediction);
      }),
    );
    const skipped = sources.reduce((sum, source) => sum + engine.summary(source)!.skippedHops, 0);
    await Promise.all(sources.map((source) => source.close()));
    await engine.close();
    return { predictions, unpredicted, skipped, notes, uris };
  }

  it.each([
    ["prepared", "tiny", 4],
    ["raw", "tiny", 4],
    ["prepared", "causal", 1],
  ] as const)(
    "get the answers that they get here: %s windows of bundle %s, batches of %d",
    async (windows, name, batch) => {
      await begin();
      const bundle = bundles[name];
      await work(bundle, batch);
      const { predictions, uris } = await answersOf(brokerOf({ windows, waiting: 100 }), bundle, 12, 3);
      const local = await createEngine(bundle, { threads: 1 });
      open.push(() => local.close());
      const sources = await openWearers(uris);
      const here = new Map<string, Prediction>();
      await Promise.all(
        sources.map(async (source) => {
          for await (const prediction of local.run(source))
            here.set(`${source.uri} ${prediction.window[1]}`, prediction);
        }),
      );
      // A machine that is held up may leave out a window here or there, on its own account.
      const both = predictions.filter(({ source, window }) => here.has(`${source} ${window[1]}`));
      expect(both.length).toBeGreaterThan(10);
      for (const { source, window, probs, label, quality, ms, ageMs, lost } of both) {
        const expected = here.get(`${source} ${window[1]}`)!;
        for (const [k, prob] of probs.entries()) expect(Math.abs(prob - expected.probs[k]!)).toBeLessThan(1e-5);
        expect({ label, quality, lost }).toEqual({ label: expected.label, quality: expected.quality, lost: 0 });
        expect(ms.queue).toBeGreaterThanOrEqual(0);
        expect(ageMs).toBeGreaterThanOrEqual(ms.queue!);
      }
    },
  );

  it("cannot be raw ones of a bundle that filters continuously", async () => {
    await begin();
    await expect(brokerOf({ windows: "raw" }).createEngine(bundles.causal)).rejects.toThrow(
      expect.objectContaining({ code: "PREPARE_INVALID", hint: expect.stringContaining("prepared") }),
    );
  });

  it("of a gateway are its predictions, as any others", async () => {
    await begin();
    await work(bundles.tiny);
    const broker = brokerOf();
    const tiny = { path: join(folder, "tiny") };
    const log = await createLog("silent", "ward");
    const source = writeWearer(folder, 0, 600);
    const wearer = { id: "w01", source, bundles: ["tiny"], record: false, silence: 30 };
    const settings = { gateway: "ward", data: folder, bundles: { tiny }, wearers: [wearer], log: { level: "silent" } };
    const gateway = new Gateway(settings as never, { log, loader: scaledLoader(broker, ["tiny"]) });
    open.push(() => gateway.close());
    const messages: { type: string; wearer: string }[] = [];
    gateway.on("message", (message) => messages.push(message));
    await until(() => messages.some(({ type }) => type === "prediction"));
    expect(messages.find(({ type }) => type === "prediction")).toMatchObject({
      wearer: "w01",
      bundle: "tiny",
      ms: { queue: expect.any(Number) },
    });
    expect(gateway.history("w01", { limit: 1 })).toHaveLength(1);
    expect(gateway.bundles()[0]).toMatchObject({ failure: undefined, engine: { bridge: { windows: "prepared" } } });
  });

  it("that nobody answers are told of at their deadline, and hops are skipped while four wait", async () => {
    await begin();
    const broker = brokerOf({ deadline: 2 });
    const { predictions, unpredicted, skipped, notes } = await answersOf(broker, bundles.tiny, 12);
    expect(predictions).toEqual([]);
    expect(unpredicted.length).toBeGreaterThan(0);
    for (const { reason } of unpredicted) expect(reason).toBe("no worker has answered within 2 s");
    expect(notes).toContain("windows are skipped: 4 windows of this wearer wait for an answer already");
    const report = broker.report();
    expect(report).toMatchObject({ answered: 0, waiting: 0, expired: unpredicted.length });
    expect(report.skipped.behind).toBeGreaterThan(0);
    expect(skipped).toBeGreaterThanOrEqual(report.skipped.behind);
  });

  it("are skipped while the queue is full", async () => {
    await begin();
    // The gateway that has made the queue lets windows lie for longer than the one that finds it full.
    const patient = brokerOf({ megabytes: 1, deadline: 600 }, "patient");
    const engine = await patient.createEngine(bundles.tiny);
    open.push(() => engine.close());
    await until(() => patient.report().state === "open");
    const broker = brokerOf({ deadline: 3 });
    const hash = bundleHash(bundles.tiny).slice(0, 16);
    for (const bytes of [30_000, 10]) {
      const fill = async (): Promise<void> => {
        for (;;) await jetstream(nats).publish(`biox.windows.${hash}.other.w1`, new Uint8Array(bytes));
      };
      await expect(fill()).rejects.toThrow();
    }
    const { skipped } = await answersOf(broker, bundles.tiny, 4);
    expect(broker.report().skipped.full).toBeGreaterThan(0);
    expect(skipped).toBeGreaterThanOrEqual(broker.report().skipped.full);
  });

  it("of another bundle, and what is no window, are refused; of a deadline that has passed, dropped", async () => {
    await begin();
    const broker = brokerOf();
    const engine = await broker.createEngine(bundles.tiny);
    open.push(() => engine.close());
    await until(() => broker.report().state === "open");
    const worker = await work(bundles.tiny);
    const hash = bundleHash(bundles.tiny);
    const base = {
      "Biox-Window": "g.w.x.1",
      "Biox-Bundle": hash,
      "Biox-Sent": String(Date.now()),
      "Biox-Deadline": String(Date.now() + 60_000),
      "Biox-Kind": "prepared",
      "Biox-Dtype": "float32",
      "Biox-Shape": bundles.tiny.prepared.shape.join(","),
      "Biox-Rate": String(RATE),
    };
    const bytes = new Uint8Array(4 * bundles.tiny.prepared.shape.reduce((a, b) => a * b, 1));
    const failures: string[] = [];
    const subscription = nats.subscribe("biox.results.g.w", {
      callback: (_, message) => void failures.push(message.json<{ failure?: string }>().failure ?? ""),
    });
    open.push(() => subscription.unsubscribe());
    const told: string[] = [];
    worker.on("refused", (reason) => told.push(reason));
    const wrong: [Record<string, string>, Uint8Array, RegExp][] = [
      [{ "Biox-Bundle": bundleHash(bundles.other) }, bytes, /cut for another bundle/],
      [{ "Biox-Window": "" }, bytes, /has no Biox-Window/],
      [{ "Biox-Window": "someone.else.1" }, bytes, /not its wearer's/],
      [{ "Biox-Deadline": "soon" }, bytes, /no number/],
      [{ "Biox-Kind": "cooked" }, bytes, /of kind 'cooked'/],
      [{ "Biox-Dtype": "text" }, bytes, /of type 'text'/],
      [{ "Biox-Shape": "-1,100" }, bytes, /the shape '-1,100'/],
      [{ "Biox-Shape": "1,7" }, bytes, /is float32 \[1, 7\], but/],
      [{}, bytes.subarray(1), /bytes, but/],
      [{ "Biox-Kind": "raw", "Biox-Rate": "1e99" }, bytes, /rate of 1e\+99 Hz/],
    ];
    for (const [changes, data] of wrong) await send({ ...base, ...changes }, data);
    await until(() => worker.counts.refused === wrong.length);
    for (const [, , reason] of wrong) expect(told.join("\n")).toMatch(reason);
    await send({ ...base, "Biox-Deadline": String(Date.now() - 1000) }, bytes);
    await until(() => worker.counts.expired === 1);
    // The model is given a number that is none: an answer of its own kind.
    await send(base, new Uint8Array(new Float32Array(bytes.length / 4).fill(Number.NaN).buffer));
    await until(() => worker.counts.failed === 1);
    await send({ ...base, "Biox-Window": "g.w.x.2" }, bytes);
    await until(() => worker.counts.answered === 1);
    // The broker has the answer already, and keeps one.
    const { doubles } = worker.counts;
    await send({ ...base, "Biox-Window": "g.w.x.2" }, bytes);
    await until(() => worker.counts.answered === 2);
    expect(worker.counts.doubles).toBe(doubles + 1);
    // Whose windows they were was told why.
    const whys = [/cut for another bundle/, /is float32 \[1, 7\], but/, /bytes, but/, /rate of 1e\+99 Hz/];
    await until(() => whys.every((why) => failures.some((failure) => why.test(failure))));
    const { state } = await (await jetstreamManager(nats)).streams.info(`biox-windows-${hash.slice(0, 16)}`);
    expect(state.messages).toBe(0);

    async function send(fields: Record<string, string>, data: Uint8Array): Promise<void> {
      await jetstream(nats).publish(`biox.windows.${hash.slice(0, 16)}.g.w`, data, { headers: headersOf(fields) });
    }
  });

  it("are acknowledged behind their answers, not before", async () => {
    await begin();
    const broker = brokerOf();
    const engine = await broker.createEngine(bundles.tiny);
    open.push(() => engine.close());
    await until(() => broker.report().state === "open");
    const manager = await jetstreamManager(nats);
    // Where nobody keeps answers none can be confirmed.
    const { config } = await manager.streams.info("biox-results");
    await manager.streams.delete("biox-results");
    const worker = await work(bundles.tiny);
    const hash = bundleHash(bundles.tiny);
    const fields = {
      "Biox-Window": "g.w.x.1",
      "Biox-Bundle": hash,
      "Biox-Sent": String(Date.now()),
      "Biox-Deadline": String(Date.now() + 600_000),
      "Biox-Kind": "prepared",
      "Biox-Dtype": "float32",
      "Biox-Shape": bundles.tiny.prepared.shape.join(","),
      "Biox-Rate": String(RATE),
    };
    const bytes = new Uint8Array(4 * bundles.tiny.prepared.shape.reduce((a, b) => a * b, 1));
    const subject = `biox.windows.${hash.slice(0, 16)}.g.w`;
    let tries = 0;
    const subscription = nats.subscribe("biox.results.g.w", { callback: () => void tries++ });
    open.push(() => subscription.unsubscribe());
    await jetstream(nats).publish(subject, bytes, { headers: headersOf(fields) });
    await until(() => tries > 0);
    const left = async () => (await manager.streams.info(`biox-windows-${hash.slice(0, 16)}`)).state.messages;
    expect([await left(), worker.counts.answered]).toEqual([1, 0]);
    await manager.streams.add(config);
    await until(() => worker.counts.answered === 1);
    await expect.poll(left, { timeout: 30_000 }).toBe(0);
  });

  it("that are answered wrongly, twice, or by nobody's asking change nothing", async () => {
    await begin();
    const broker = brokerOf({ deadline: 4 });
    const asked = answersOf(broker, bundles.tiny, 6);
    const ids: string[] = [];
    const subscription = nats.subscribe("biox.windows.>", {
      callback: (_, message) => void ids.push(message.headers!.get("Biox-Window")),
    });
    open.push(() => subscription.unsubscribe());
    await until(() => ids.length > 0);
    const ms = { prepare: 0, lower: 0, bridge: 0, upper: 0 };
    const [window] = ids;
    const right = bundles.tiny.manifest.labels.map((_, k, { length }) => ((k + 1) / (length * (length + 1))) * 2);
    const good = { window, worker: "w", probs: right, ms, together: 1 };
    const answer = (result: object) => nats.publish("biox.results.ward.p0", JSON.stringify(result));
    for (const wrong of [
      { ...good, probs: right.slice(1) },
      { ...good, probs: right.map((prob) => 2 + prob) },
      { ...good, ms: { ...ms, lower: -1 } },
      { ...good, more: 1 },
      {},
    ])
      answer(wrong);
    nats.publish("biox.results.ward.p0", "no JSON");
    answer({ ...good, window: `${window}0` });
    answer(good);
    answer({ ...good, probs: right.toReversed() });
    const { predictions, unpredicted } = await asked;
    expect(predictions.map(({ probs }) => probs)).toEqual([right]);
    for (const { reason } of unpredicted) expect(reason).toMatch(/no worker has answered/);
    expect(broker.report()).toMatchObject({ answered: 1, unreadable: 6, doubles: 2 });
  });

  it("need a user where the server has users, and the right certificate where it speaks TLS", async () => {
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate];
    execFileSync("openssl", [...made, ...subject], { stdio: "ignore" });
    server = await NatsServer.start(
      `tls { cert_file: "${certificate}", key_file: "${key}" }\nauthorization { users: [ { user: worker, password: "s3:cret" } ] }`,
    );
    open.push(() => server.close());
    const stranger = start(`nats://worker:wrong@localhost:${server.port}`, "--ca", certificate);
    const unsure = start(`tls://worker:s3%3Acret@localhost:${server.port}`);
    const known = start(`nats://worker:s3%3Acret@localhost:${server.port}`, "--ca", certificate);
    const reasonOf = async (worker: Biox, reason: RegExp): Promise<void> => {
      await worker.line((line) => line.type === "broker" && reason.test(line.reason));
    };
    await reasonOf(stranger, /refuses this user or password/);
    await reasonOf(unsure, /certificate/);
    await reasonOf(known, /no gateway has sent windows of this bundle yet/);
    for (const worker of [stranger, unsure, known]) {
      const { code, stdout } = await worker.stop("SIGTERM");
      expect(code).toBe(0);
      expect(stdout).not.toContain("cret");
    }
  }, 60_000);

  it("are counted by the worker's metrics, and its mistakes are told in a sentence", async () => {
    await begin();
    const worker = start(server.url, "--metrics", "0", "--name", "m1");
    const broker = brokerOf();
    const { predictions } = await answersOf(broker, bundles.tiny, 6);
    const { metrics } = await worker.line(({ type }) => type === "worker");
    expect(metrics).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const text = await (await fetch(metrics)).text();
    const value = (name: string): number =>
      Number(text.match(new RegExp(`^${name}{[^}]*worker="m1"[^}]*} (\\S+)$`, "m"))?.[1]);
    expect(value("biox_worker_windows_answered_total")).toBeGreaterThanOrEqual(predictions.length);
    expect(value("biox_worker_queue_age_seconds_count")).toBe(value("biox_worker_windows_answered_total"));
    expect(value("biox_worker_broker_connected")).toBe(1);
    expect((await fetch(metrics.replace("metrics", "other"))).status).toBe(404);
    const port = new URL(metrics).port;
    const tiny = join(folder, "tiny");
    for (const [args, message] of [
      [["--nats", "http://a.b", "--bundle", tiny], /Expected nats to be a URL such as nats:/],
      [["--nats", server.url, "--bundle", tiny, "--key", "k.pem"], /certificate and its key/],
      [["--nats", server.url, "--bundle", tiny, "--ca", "/nowhere.pem"], /'\/nowhere.pem'/],
      [["--nats", server.url, "--bundle", tiny, "--name", "a b"], /Expected name to be/],
      [["--nats", server.url, "--bundle", tiny, "--trust", `ed25519:${"A".repeat(43)}=`], /is not signed/],
      [["--nats", server.url, "--bundle", tiny, "--metrics", port], /Metrics cannot be served on port/],
      [["--nats", server.url, "--bundle", join(folder, "none")], /No bundle was found/],
    ] as const) {
      const { code, stderr } = await biox(["worker", "--threads", "1", ...args]);
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  }, 90_000);

  function start(url: string, ...args: string[]): Biox {
    const worker = new Biox(["worker", "--bundle", join(folder, "tiny"), "--threads", "1", ...args], {
      BIOX_NATS: url,
    });
    open.push(() => worker.stop("SIGKILL"));
    return worker;
  }
});

function headersOf(fields: Record<string, string>): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
}
