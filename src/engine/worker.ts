/** An engine thread: owns both ONNX sessions and the native bridge, which block it while they compute. */

import { parentPort, workerData } from "node:worker_threads";
import type { Bundle } from "../bundle/index.js";
import { Bell } from "../stream/bell.js";
import { type Answerer, ModelAnswerer } from "./answerer.js";
import { ArrayRunner } from "./array-runner.js";
import { BridgedModel } from "./model.js";
import { prepareFor, rawFor } from "./preparation.js";
import {
  Control,
  type EngineReply,
  type EngineRequest,
  type EngineStart,
  type ThreadInfo,
  toPlain,
} from "./protocol.js";
import { Schedule } from "./schedule.js";
import { Wearer } from "./wearer.js";
import { WindowCutter } from "./window-cutter.js";

const { threads, precision, batch, ...start } = workerData as EngineStart;
const control = new Int32Array(start.control);
const bell = new Bell(start.bell);
const port = parentPort!;
const reply = (message: EngineReply, move: readonly ArrayBuffer[] = []): void => port.postMessage(message, move);

interface Loaded {
  readonly schedule: Schedule;
  /** The preparation of a source of this rate, in Hz. */
  readonly preparationFor: (rate: number) => ReturnType<typeof prepareFor>;
  /** Not there where windows are only cut. */
  readonly model?: BridgedModel;
  readonly runner?: ArrayRunner;
}
let loaded: Loaded | undefined;

function setBusy(busy: boolean): void {
  Atomics.store(control, Control.busy, busy ? 1 : 0);
  Atomics.notify(control, Control.busy);
}

async function load(bundle: Bundle): Promise<void> {
  const begin = performance.now();
  const { manifest, steps } = bundle;
  const { output } = prepareFor(bundle, manifest.new.rate).preparation;
  const model = await BridgedModel.create(bundle, output, threads, precision, batch);
  await model.run();
  // Not all of the bundle: its halves and weights are loaded, and large.
  const description = { manifest, steps };
  loaded = {
    model,
    runner: new ArrayRunner(model, description),
    schedule: scheduleOf(new ModelAnswerer(model)),
    preparationFor: (rate) => prepareFor(description, rate),
  };
  ready({
    bridge: { ...model.bridge.info() },
    batch: { most: model.batch, ...model.joint },
    loadMs: performance.now() - begin,
  });
}

function cut({ manifest, steps, windows }: EngineRequest & { type: "cut" }): void {
  loaded = {
    schedule: scheduleOf(new WindowCutter(windows)),
    preparationFor: (rate) => (windows === "raw" ? rawFor : prepareFor)({ manifest, steps }, rate),
  };
  ready({ bridge: { windows }, batch: { most: 1, lower: false, upper: false }, loadMs: 0 });
}

function ready(info: ThreadInfo): void {
  reply({ type: "ready", info });
}

function scheduleOf(answerer: Answerer): Schedule {
  return new Schedule(answerer, {
    bell,
    closing: () => Atomics.load(control, Control.closing) !== 0,
    setBusy,
    result: (id, result, skippedHops) =>
      reply(
        { type: "result", id, result, skippedHops },
        result.type === "window" ? [result.array.bytes.buffer] : undefined,
      ),
    done: (id, skippedHops) => reply({ type: "done", id, skippedHops }),
    failed: (id, error) => reply({ type: "failed", id, error: toPlain(error) }),
  });
}

function begin({ id, job, rings, stop }: EngineRequest & { type: "run" }): void {
  const { schedule, preparationFor } = loaded!;
  const { preparation, causal } = preparationFor(job.rate);
  const stopped = new Int32Array(stop);
  schedule.add(id, new Wearer(rings, { ...job, causal }, preparation), () => Atomics.load(stopped, 0) !== 0);
  void schedule.run();
}

function replan({ id, job }: EngineRequest & { type: "replan" }): void {
  const { schedule, preparationFor } = loaded!;
  const { preparation, causal } = preparationFor(job.rate);
  schedule.find(id)?.replan({ ...job, causal }, preparation);
}

async function answer({ arrays }: EngineRequest & { type: "answer" }): Promise<void> {
  setBusy(true);
  try {
    // In this order: a process that ends first closes and then asks whether anyone is busy.
    if (Atomics.load(control, Control.closing) !== 0) return;
    reply({ type: "answers", answered: await loaded!.runner!.run(arrays) });
  } finally {
    setBusy(false);
  }
}

async function close(): Promise<void> {
  await loaded?.schedule.run();
  setBusy(true);
  await loaded?.model?.release();
  setBusy(false);
  port.close();
}

/** Requests that take their time follow one another. */
let underWay = Promise.resolve();
function afterwards(work: () => Promise<void>): void {
  // What fails here is a mistake of ours: it ends the thread, as one would in any other place.
  underWay = underWay.then(work);
}

port.on("message", (request: EngineRequest) => {
  switch (request.type) {
    case "load":
      load(request.bundle)
        .catch((error) => reply({ type: "refused", error: toPlain(error) }))
        .finally(() => setBusy(false));
      break;
    case "cut":
      cut(request);
      setBusy(false);
      break;
    case "answer":
      afterwards(() => answer(request));
      break;
    case "close":
      afterwards(close);
      break;
    default:
      try {
        if (request.type === "run") begin(request);
        else replan(request);
      } catch (error) {
        reply({ type: "failed", id: request.id, error: toPlain(error) });
      }
  }
});
