/** An engine thread: owns both ONNX sessions and the native bridge, which block it while they compute. */

import { parentPort, workerData } from "node:worker_threads";
import type { Bundle } from "../bundle/index.js";
import { Bell } from "../stream/bell.js";
import { BridgedModel } from "./model.js";
import { prepareFor } from "./preparation.js";
import { Control, type EngineReply, type EngineRequest, type EngineStart, toPlain } from "./protocol.js";
import { Schedule } from "./schedule.js";
import { Wearer } from "./wearer.js";

const { threads, precision, batch, ...start } = workerData as EngineStart;
const control = new Int32Array(start.control);
const bell = new Bell(start.bell);
const port = parentPort!;
const reply = (message: EngineReply): void => port.postMessage(message);

/** The parts of a bundle that are needed beyond loading. */
type Description = Pick<Bundle, "manifest" | "steps">;
let loaded: { model: BridgedModel; schedule: Schedule; description: Description } | undefined;

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
  const schedule = new Schedule(model, {
    bell,
    closing: () => Atomics.load(control, Control.closing) !== 0,
    setBusy,
    result: (id, result, skippedHops) => reply({ type: "result", id, result, skippedHops }),
    done: (id, skippedHops) => reply({ type: "done", id, skippedHops }),
    failed: (id, error) => reply({ type: "failed", id, error: toPlain(error) }),
  });
  loaded = { model, schedule, description: { manifest, steps } };
  reply({
    type: "ready",
    info: {
      bridge: { ...model.bridge.info() },
      batch: { most: model.batch, ...model.joint },
      loadMs: performance.now() - begin,
    },
  });
}

function begin({ id, job, rings, stop }: EngineRequest & { type: "run" }): void {
  const { schedule, description } = loaded!;
  const { preparation, causal } = prepareFor(description, job.rate);
  const stopped = new Int32Array(stop);
  schedule.add(id, new Wearer(rings, { ...job, causal }, preparation), () => Atomics.load(stopped, 0) !== 0);
  void schedule.run();
}

function replan({ id, job }: EngineRequest & { type: "replan" }): void {
  const { schedule, description } = loaded!;
  const { preparation, causal } = prepareFor(description, job.rate);
  schedule.find(id)?.replan({ ...job, causal }, preparation);
}

async function close(): Promise<void> {
  await loaded?.schedule.run();
  setBusy(true);
  await loaded?.model.release();
  setBusy(false);
  port.close();
}

port.on("message", (request: EngineRequest) => {
  if (request.type === "load")
    load(request.bundle)
      .catch((error) => reply({ type: "refused", error: toPlain(error) }))
      .finally(() => setBusy(false));
  else if (request.type === "close") void close();
  else
    try {
      if (request.type === "run") begin(request);
      else replan(request);
    } catch (error) {
      reply({ type: "failed", id: request.id, error: toPlain(error) });
    }
});
