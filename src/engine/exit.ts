/** A process that ends while ONNX Runtime computes in a worker is aborted by its C++ exception; so the end waits for the windows. */

import type { Bell } from "../stream/bell.js";
import { Control } from "./protocol.js";

/** Longest wait when the process ends, for all threads together. */
const EXIT_MS = 10_000;

const threads = new Map<Int32Array, Bell>();

function letFinish(): void {
  for (const [control, bell] of threads) {
    Atomics.store(control, Control.closing, 1);
    bell.ring();
  }
  const end = performance.now() + EXIT_MS;
  for (const control of threads.keys()) Atomics.wait(control, Control.busy, 1, Math.max(0, end - performance.now()));
}

/** Has the end of the process wait for what this engine thread computes; the returned function takes it back. */
export function waitAtExit(control: Int32Array, bell: Bell): () => void {
  if (threads.size === 0) process.on("exit", letFinish);
  threads.set(control, bell);
  return () => {
    threads.delete(control);
    if (threads.size === 0) process.off("exit", letFinish);
  };
}
