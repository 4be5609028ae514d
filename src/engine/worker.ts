/** The engine thread: owns both ONNX sessions and the native bridge, which block it while they compute. */

import { parentPort, workerData } from "node:worker_threads";
import { RingReader } from "../stream/ring.js";
import { runLive } from "./live.js";
import { BridgedModel } from "./model.js";
import { prepareFor } from "./preparation.js";
import { Control, type EngineReply, type EngineRequest, type EngineStart, toPlain } from "./protocol.js";

const { bundle, threads, ...start } = workerData as EngineStart;
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
  const model = await BridgedModel.create(bundle, prepareFor(bundle, manifest.new.rate).preparation.output, threads);
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

async function run(model: BridgedModel, request: EngineRequest & { type: "run" }): Promise<void> {
  const { preparation, causal } = prepareFor(bundle, request.job.rate);
  setBusy(true);
  const skippedHops = await runLive(
    new RingReader(request.ring),
    { ...request.job, causal },
    preparation,
    model,
    () => Atomics.load(control, Control.stop) !== 0,
    (result) => reply({ type: "result", result }),
  ).finally(() => setBusy(false));
  reply({ type: "done", skippedHops });
}

try {
  const model = await load();
  port.on("message", (request: EngineRequest) => {
    if (request.type === "close") void model.release().finally(() => port.close());
    else run(model, request).catch((error) => reply({ type: "failed", error: toPlain(error) }));
  });
} catch (error) {
  setBusy(false);
  reply({ type: "failed", error: toPlain(error) });
}
