/** Many wearers at once: what happens to one is its own, and whatever is pulled out, changed or broken comes back. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, readRecording } from "biox-edge";
import {
  Gateway,
  type GatewayMessage,
  type GatewaySettings,
  type Log,
  localLoader,
  recordInto,
  type WearerSettings,
  type WearerStatus,
} from "biox-edge/gateway";
import { pack } from "msgpackr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { encodeFrame, FrameKind } from "../src/framing/index.js";
import { FaultyDevice } from "./support/faulty-device.js";
import { until } from "./support/until.js";

const folder = mkdtempSync(join(tmpdir(), "biox-gateway-"));
const tiny = join(folder, "tiny");
const other = join(folder, "other");
const slow = join(folder, "slow");
const open: { close?(): Promise<void>; end?(): Promise<void> }[] = [];
beforeAll(async () => {
  await buildTinyBundle(tiny, { rate: 100, seconds: 2, hop: 0.5 });
  await buildTinyBundle(other, { rate: 100, seconds: 2, hop: 0.5, seed: 2 });
  await buildTinyBundle(slow, { rate: 100, seconds: 2, hop: 0.5, slowMs: 200 });
});
afterAll(async () => {
  for (const part of open.reverse()) await (part.close ?? part.end)?.call(part);
  rmSync(folder, { recursive: true });
});

const wearer = (id: string, source: string, change: Partial<WearerSettings> = {}): WearerSettings => ({
  id,
  source,
  bundles: ["tiny"],
  record: false,
  silence: 30,
  ...change,
});
const settings = (wearers: WearerSettings[], bundles = { tiny: { path: tiny, threads: 1 } }): GatewaySettings => ({
  gateway: "test",
  data: folder,
  bundles,
  wearers,
  log: { level: "info" },
});

/** A gateway with all that it says. */
class Watched {
  readonly messages: GatewayMessage[] = [];
  readonly said: string[] = [];
  readonly gaps: string[] = [];
  /** Wearers of whom an account was final. */
  readonly accounts: string[] = [];
  /** By wearer, numbers and values of the samples that came. */
  readonly samples = new Map<string, { index: number; values: Float64Array }[]>();
  readonly gateway: Gateway;

  constructor(given: GatewaySettings, parts: Partial<ConstructorParameters<typeof Gateway>[1]> = {}) {
    const say = (facts: object, sentence: string): void => void this.said.push(`${JSON.stringify(facts)} ${sentence}`);
    this.gateway = new Gateway(given, { log: { debug: say, info: say, warn: say, error: say }, ...parts });
    open.push(this.gateway);
    this.gateway.on("message", (message) => this.messages.push(message));
    this.gateway.on("gap", (id) => this.gaps.push(id));
    this.gateway.on("account", (id) => this.accounts.push(id));
    this.gateway.on("samples", (id, event) => {
      this.samples.set(id, [...(this.samples.get(id) ?? []), event]);
    });
  }

  of(id: string, type?: string): GatewayMessage[] {
    return this.messages.filter((message) => message.wearer === id && (type === undefined || message.type === type));
  }

  status(id: string): WearerStatus {
    return this.gateway.wearers().find((entry) => entry.id === id)!;
  }

  states(id: string): string[] {
    return this.of(id, "link").map((message) => (message as { state: string }).state);
  }

  /** Waits for `more` further predictions of a wearer. */
  async predictions(id: string, more: number): Promise<void> {
    const before = this.of(id, "prediction").length;
    await until(`${more} predictions of ${id}`, () => this.of(id, "prediction").length >= before + more);
  }

  /** Values of a wearer's samples as they followed one another, each once. */
  values(id: string): number[] {
    return (this.samples.get(id) ?? []).flatMap(({ values }) => [...values]);
  }
}

const isSequence = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value === values[i - 1]! + 1);

describe.concurrent("a gateway", () => {
  it("takes a device that is unplugged and plugged in again, and others notice nothing", async () => {
    const [good, bad] = [join(folder, "good"), join(folder, "bad")];
    const devices = [await FaultyDevice.plugIn(good), await FaultyDevice.plugIn(bad)] as const;
    open.push(...devices);
    const watched = new Watched(
      settings([
        wearer("good", devices[0].uri),
        wearer("bad", devices[1].uri),
        wearer("absent", `serial:${join(folder, "absent")}?device=biox`),
      ]),
    );
    await until("ready", () => watched.gateway.ready());
    await watched.predictions("good", 3);
    await watched.predictions("bad", 1);
    const before = watched.values("good").length;
    await devices[1].unplug();
    await until("the loss is told", () => watched.status("bad").state === "reconnecting");
    await watched.predictions("good", 4);
    await devices[1].plugIn();
    await until("it is taken again", () => watched.status("bad").state === "open");
    await watched.predictions("bad", 2);

    expect(watched.status("bad")).toMatchObject({ reopened: 1, port: bad });
    expect(watched.status("bad").lost).toBeGreaterThan(0);
    expect(watched.status("good")).toMatchObject({ state: "open", reopened: 0 });
    expect(isSequence(watched.values("good").slice(before))).toBe(true);
    expect(watched.status("absent")).toMatchObject({
      state: "waiting",
      reason: expect.stringContaining("does not exist"),
    });
    expect(watched.states("good")).toEqual(["open"]);
    // One line for each change of state, and no more.
    expect(watched.states("bad").slice(0, 2)).toEqual(["open", "reconnecting"]);
    expect(watched.said.filter((line) => line.includes('"wearer":"good"'))).toHaveLength(1);
    expect((await watched.gateway.history("bad", { limit: 3 })).map(({ wearer: id }) => id)).toEqual([
      "bad",
      "bad",
      "bad",
    ]);
    expect(await watched.gateway.history("bad", { from: Date.now() + 1e6, limit: 3 })).toEqual([]);
  });

  it("takes a device that was never there before, by a name that came with it, and tells its battery", async () => {
    mkdirSync(join(folder, "by-id"));
    const name = join(folder, "by-id", "usb-Maker_Thing_01-if00");
    const watched = new Watched(settings([wearer("late", `serial:${name}?device=biox`)]));
    await until("it is waited for", () => watched.status("late").state === "waiting");
    expect(watched.status("late")).toMatchObject({ battery: null, opened: 0, link: undefined });
    const device = await FaultyDevice.plugIn(join(folder, "ttyUSB7"));
    open.push(device);
    symlinkSync(join(folder, "ttyUSB7"), name);
    await until("it is open", () => watched.status("late").state === "open");
    for (const [batteryPercent, share] of [
      [63, 0.63],
      [140, 1],
      [-1, 0],
    ] as const) {
      device.send(encodeFrame({ kind: FrameKind.status, payload: pack({ batteryPercent }) }));
      await until(`a battery of ${batteryPercent}`, () => watched.status("late").battery === share);
    }
    device.send(encodeFrame({ kind: FrameKind.status, payload: pack({ batteryPercent: "full" }) }));
    await watched.predictions("late", 1);
    expect(watched.status("late").battery).toBe(0);
  });

  it("opens a device anew that is stuck, and goes on counting", async () => {
    const device = await FaultyDevice.plugIn(join(folder, "stuck"));
    open.push(device);
    const watched = new Watched(settings([wearer("w", device.uri, { silence: 3 })]));
    await watched.predictions("w", 1);
    const { samples } = watched.status("w");
    const damaged = (): number => {
      const { crcErrors, framingErrors } = watched.status("w").link!;
      return crcErrors + framingErrors;
    };
    for (let n = 1; n <= 3; n++) {
      device.send(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 0));
      await until("the garbage is counted", () => damaged() >= n);
    }
    const before = damaged();
    device.mute = true;
    await until("it is closed and opened again", () => watched.states("w").includes("waiting"));
    device.mute = false;
    await watched.predictions("w", 1);
    // Another window of 2 s at 100 Hz, beside all that came before.
    expect(watched.status("w").samples).toBeGreaterThanOrEqual(samples + 200);
    expect(watched.status("w")).toMatchObject({ reopened: 1, opened: 2 });
    expect(damaged()).toBeGreaterThanOrEqual(before);
    expect(watched.accounts).toContain("w");
    expect(watched.states("w").filter((state) => state === "silent")).not.toEqual([]);
  });

  it("loses no sample of a wearer whose bundle, hop and neighbours change", async () => {
    const device = await FaultyDevice.plugIn(join(folder, "kept"));
    open.push(device);
    const watched = new Watched(settings([wearer("kept", device.uri), wearer("gone", "sim:?hr=80")]));
    await watched.predictions("kept", 2);
    const before = watched.values("kept").length;
    const gaps = watched.gaps.length;
    const bundles = { tiny: { path: tiny, threads: 1 }, other: { path: other, threads: 1 } };
    const next = [
      wearer("kept", device.uri, { bundles: ["tiny", "other"], hop: 1 }),
      wearer("new", "sim:?hr=90&seed=2"),
    ];
    await watched.gateway.reload(settings(next, bundles));
    await until("the second bundle answers", () =>
      watched.of("kept", "prediction").some((message) => "bundle" in message && message.bundle === "other"),
    );
    await watched.predictions("new", 1);
    await watched.gateway.reload(settings(next, { ...bundles, tiny: { path: other, threads: 1 } }));
    await watched.predictions("kept", 3);

    expect(watched.gateway.wearers().map(({ id }) => id)).toEqual(["kept", "new"]);
    expect(watched.states("kept")).toEqual(["open"]);
    expect(watched.states("gone").at(-1)).toBe("closed");
    expect(watched.gaps.slice(gaps).filter((id) => id === "kept")).toEqual([]);
    expect(isSequence(watched.values("kept").slice(before))).toBe(true);
    expect(watched.values("kept").length - before).toBeGreaterThan(200);
    expect(watched.status("kept").bundles.map(({ hop }) => hop)).toEqual([1, 1]);
  });

  it("starts an engine anew that has died, and says so", async () => {
    const engines: Engine[] = [];
    const local = localLoader();
    const loader: typeof local = {
      load: (name, bundle) => local.load(name, bundle),
      run: async (name, bundle, given) => {
        const engine = (await local.run(name, bundle, given)) as Engine;
        engines.push(engine);
        return engine;
      },
    };
    const watched = new Watched(settings([wearer("w", "sim:?hr=72")]), { loader });
    await watched.predictions("w", 2);
    // Behind an answer, when it does not compute: to end it in the midst of that would end this process.
    const [thread] = (engines[0] as unknown as { threads: { worker: { terminate(): void } }[] }).threads;
    thread!.worker.terminate();
    await until("its failure is told", () => watched.gateway.bundles()[0]!.failure !== undefined);
    await watched.predictions("w", 2);
    expect(watched.gateway.bundles()[0]!.failure).toBeUndefined();
    expect(watched.states("w")).toEqual(["open"]);
    expect(watched.said.filter((line) => line.endsWith("engine has failed"))).toHaveLength(1);
    expect(watched.said.filter((line) => line.endsWith("engine runs again"))).toHaveLength(1);
  });

  it("goes on recording where bundles cannot be run or do not fit", async () => {
    const wrong = join(folder, "wrong");
    await buildTinyBundle(wrong, { rate: 100, seconds: 2, hop: 0.5, channels: ["eeg"] });
    const bundles = { tiny: { path: wrong, threads: 1 }, none: { path: join(folder, "nowhere"), threads: 1 } };
    const recordings = join(folder, "recordings");
    const say = (): void => {};
    const log = { debug: say, info: say, warn: say, error: say };
    const watched = new Watched(
      settings([wearer("w-1", "sim:?hr=72", { bundles: ["tiny", "none"], record: true })], bundles),
      {
        record: recordInto({ folder: recordings, fileMs: 1500 }, log),
      },
    );
    const files = (): string[] => readdirSync(join(recordings, "w-1"), { encoding: "utf8" }).sort();
    await until("it is recorded", () => watched.status("w-1").recording !== undefined);
    await until("a third file is begun", () => files().length >= 3);
    const [fitting, absent] = watched.status("w-1").bundles;
    expect(fitting!.failure).toMatch(/eeg/);
    expect(absent!.latest).toBeUndefined();
    expect(watched.gateway.bundles()[1]!.failure).toMatch(/nowhere/);
    const at = watched.gateway.mark("w-1", "stairs", "http");
    expect(watched.of("w-1", "marker")).toMatchObject([{ at, name: "stairs", by: "http" }]);
    expect(watched.gateway.mark("nobody", "stairs", "http")).toBeUndefined();
    await watched.gateway.close();

    const markers: object[] = [];
    for (const file of files()) {
      expect(file).toMatch(/^w-1-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.bioxrec$/);
      let bytes = 0;
      for await (const item of (await readRecording(join(recordings, "w-1", file))).items()) {
        if (item.type === "bytes") bytes += item.bytes.length;
        else if (item.type === "marker") markers.push(item.marker);
      }
      // The last one may have been begun just before the end.
      if (file !== files().at(-1)) expect(bytes).toBeGreaterThan(0);
    }
    // The recording has the very time that was told.
    expect(markers).toEqual([{ at, name: "stairs", by: "http" }]);
    // The second file begins in the midst of the stream, and can be played all the same.
    const played = new Watched(
      settings([wearer("again", `replay:${join(recordings, "w-1", files()[1]!)}`, { bundles: [] })]),
    );
    await until("it is played", () => played.status("again").state === "closed");
    expect(played.status("again")).toMatchObject({ lost: 0, reason: "the recording has been played" });
    expect(played.values("again").length).toBeGreaterThan(50);
  });

  it("begins another recording some time after one could not be written, and says once of each what is wrong", async () => {
    const recordings = join(folder, "hindered");
    mkdirSync(recordings);
    // A file where the wearer's folder is to be.
    writeFileSync(join(recordings, "w-2"), "");
    const reasons: string[] = [];
    const say = (): void => {};
    const error = ({ reason }: { reason?: string }): unknown => reasons.push(String(reason));
    const log = { debug: say, info: say, warn: say, error } as Log;
    const watched = new Watched(settings([wearer("w-2", "sim:?hr=72", { bundles: [], record: true })]), {
      record: recordInto({ folder: recordings, retryMs: 50 }, log),
    });
    await until("it was tried again", () => reasons.length >= 2);
    rmSync(join(recordings, "w-2"));
    await until("it is recorded", () => watched.status("w-2").recording !== undefined);
    const count = reasons.length;
    const path = watched.status("w-2").recording!;
    await watched.gateway.close();
    expect(reasons).toHaveLength(count);
    for (const reason of reasons) expect(reason).toMatch(/w-2.* cannot be written/);
    expect(watched.states("w-2")).toEqual(["open", "closed"]);
    const kinds = new Set<string>();
    for await (const item of (await readRecording(path)).items()) kinds.add(item.type);
    expect(kinds).toContain("bytes");
  });
});

it("leaves hops out evenly where there are more than an engine holds, and says so", async () => {
  const ids = ["a", "b", "c", "d", "e", "f"];
  const wearers = ids.map((id, seed) => wearer(id, `sim:?hr=72&seed=${seed}`));
  const watched = new Watched(settings(wearers, { tiny: { path: slow, threads: 1 } }));
  await until("all are told to leave hops out", () => ids.every((id) => watched.of(id, "overload").length > 0));
  // From here on all take part.
  const from = new Map(ids.map((id) => [id, watched.of(id, "prediction").length]));
  await until("enough answers", () => ids.some((id) => watched.of(id, "prediction").length >= from.get(id)! + 5));
  const answers = ids.map((id) => watched.of(id, "prediction").length - from.get(id)!);
  expect(Math.max(...answers) - Math.min(...answers)).toBeLessThanOrEqual(2);
  expect(watched.said.filter((line) => line.includes("hops are left out"))).toHaveLength(ids.length);
  await watched.gateway.close();
});
