/** A process that ends while ONNX Runtime computes in a worker is aborted by its C++ exception; so the end waits for the window. */

import { Control } from "./protocol.js";

/** Longest wait when the process ends. */
const EXIT_MS = 10_000;
const STOP_ALL = 2 ** 31 - 1;

const engines = new Set<Int32Array>();

function letFinish(): void {
  for (const control of engines) Atomics.store(control, Control.stop, STOP_ALL);
  for (const control of engines) Atomics.wait(control, Control.busy, 1, EXIT_MS);
}

/** Has the end of the process wait for this engine's window; the returned function takes it back. */
export function waitAtExit(control: Int32Array): () => void {
  if (engines.size === 0) process.on("exit", letFinish);
  engines.add(control);
  return () => {
    engines.delete(control);
    if (engines.size === 0) process.off("exit", letFinish);
  };
}
