/** The engine thread: owns both ONNX sessions and the native bridge, which block it while they compute. */

import { parentPort, workerData } from "node:worker_threads";
import { RingReader } from "../stream/ring.js";
import { runLive } from "./live.js";
import { BridgedModel } from "./model.js";
import { prepareFor } from "./preparation.js";
import { Control, type EngineReply, type EngineRequest, type EngineStart, toPlain } from "./protocol.js";

const { bundle, threads, precision, ...start } = workerData as EngineStart;
const control = new Int32Array(start.control);
const port = parentPort!;
const reply = (message: EngineReply): void => port.postMessage(message);

function setBusy(busy: boolean): void {
  Atomics.store(control, Control.busy, busy ? 1 : 0);
  Atomics.notify(control, Control.busy);
}

async function load(): Promise<BridgedModel> {
  const begin = performance.now();
  const { manifest } = bundle;
  const { output } = prepareFor(bundle, manifest.new.rate).preparation;
  const model = await BridgedModel.create(bundle, output, threads, precision);
  await model.run();
  setBusy(false);
  reply({
    type: "ready",
    info: {
      name: manifest.name,
      labels: manifest.labels,
      window: manifest.window,
      threads,
      bridge: { ...model.bridge.info() },
      loadMs: performance.now() - begin,
    },
  });
  return model;
}

async function run(model: BridgedModel, { id, job, ring }: EngineRequest & { type: "run" }): Promise<void> {
  const { preparation, causal } = prepareFor(bundle, job.rate);
  setBusy(true);
  const skippedHops = await runLive(
    new RingReader(ring),
    { ...job, causal },
    preparation,
    model,
    () => Atomics.load(control, Control.stop) >= id,
    (result, skipped) => reply({ type: "result", id, result, skippedHops: skipped }),
  ).finally(() => setBusy(false));
  reply({ type: "done", id, skippedHops });
}

try {
  const model = await load();
  // One model, one window at a time: a run begins when the one before it has left, and closing waits for both.
  let tail = Promise.resolve();
  port.on("message", (request: EngineRequest) => {
    if (request.type === "close") tail = tail.then(() => model.release()).finally(() => port.close());
    else
      tail = tail
        .then(() => run(model, request))
        .catch((error) => reply({ type: "failed", id: request.id, error: toPlain(error) }));
  });
} catch (error) {
  setBusy(false);
  reply({ type: "failed", error: toPlain(error) });
}
