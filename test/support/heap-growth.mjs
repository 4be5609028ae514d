/**
 * Memory of a run of many windows, to be started with --expose-gc: `heap-growth.mjs BUNDLE model|engine`.
 *
 * Prints one line of JSON: bytes by window of the JavaScript heap and of memory outside it (least squares over points after a collection
 * of garbage), and by how much the resident set of the process grew in all.
 *
 * "model" has the engine thread's own code run in this thread, where its heap can be measured; "engine" measures the main thread's.
 */

import { ModelAnswerer } from "../../dist/engine/answerer.js";
import { BridgedModel } from "../../dist/engine/model.js";
import { prepareFor } from "../../dist/engine/preparation.js";
import { Schedule } from "../../dist/engine/schedule.js";
import { Wearer } from "../../dist/engine/wearer.js";
import { createEngine, loadBundle, openSource } from "../../dist/index.js";
import { Bell } from "../../dist/stream/bell.js";
import { now } from "../../dist/stream/feed.js";
import { createRing, RingWriter } from "../../dist/stream/ring.js";

const WINDOWS = 10_000;
/** Until compiled code, caches and the statistics of a run have their size. */
const WARM_UP = 5000;
const STEP = 500;

const points = [];
let windows = 0;

function count() {
  windows++;
  if (windows < WARM_UP || windows % STEP !== 0 || windows > WARM_UP + WINDOWS) return;
  // Twice: what the first collection finalises, the second takes away.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  points.push({ windows, heapUsed, external, arrayBuffers, rss });
}

/** Bytes by window. */
function slope(of) {
  const mean = (f) => points.reduce((sum, point) => sum + f(point), 0) / points.length;
  const [x, y] = [mean((point) => point.windows), mean((point) => point[of])];
  const along = mean((point) => (point.windows - x) * (point[of] - y));
  return along / mean((point) => (point.windows - x) ** 2);
}

async function throughModel(bundle) {
  const { manifest } = bundle;
  const { preparation, causal } = prepareFor(bundle, manifest.new.rate);
  const model = await BridgedModel.create(bundle, preparation.output, 1);
  const { samples } = preparation.input;
  const ring = createRing(1, 4 * samples);
  const writer = new RingWriter(ring);
  const bell = new Bell();
  writer.bells.add(bell);
  const block = Float64Array.from({ length: samples }, (_, i) => Math.sin(i / 5));
  writer.write(block, samples, 0, 10, now());
  const job = {
    source: "test",
    labels: manifest.labels,
    modality: "ppg",
    channels: [{ ring: 0, channel: 0 }],
    gaps: manifest.gaps,
    minimumQuality: 0,
    rate: manifest.new.rate,
    plan: { samples, hop: 1 },
    hopMs: 10,
    maxLost: 0.2,
    causal,
  };
  const one = new Float64Array(1);
  const schedule = new Schedule(new ModelAnswerer(model), {
    bell,
    closing: () => false,
    setBusy: () => {},
    result() {
      count();
      one[0] = Math.sin(windows / 5);
      writer.write(one, 1, 0, 10, now());
    },
    done: () => {},
    failed: (_, error) => {
      throw error;
    },
  });
  schedule.add(1, new Wearer([ring], job, preparation), () => windows > WARM_UP + WINDOWS);
  await schedule.run();
  await model.release();
}

async function throughEngine(bundle) {
  const engine = await createEngine(bundle, { threads: 1 });
  const source = await openSource("sim:?speed=40");
  for await (const _ of engine.run(source)) {
    count();
    if (windows > WARM_UP + WINDOWS) break;
  }
  await source.close();
  await engine.close();
}

const [, , folder, through] = process.argv;
const bundle = await loadBundle(folder);
await (through === "model" ? throughModel(bundle) : throughEngine(bundle));
const report = {
  points: points.length,
  heap: slope("heapUsed"),
  external: slope("external"),
  arrayBuffers: slope("arrayBuffers"),
  rss: points.at(-1).rss - points[0].rss,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
