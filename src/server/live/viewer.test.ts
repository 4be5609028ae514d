import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import type { WebSocket } from "ws";
import { SAMPLES_WAIT_BYTES, TEXT_WAIT_BYTES, Viewer } from "./viewer.js";

/** A socket through which bytes go only when they are told to. */
class HeldSocket extends EventEmitter {
  bufferedAmount = 0;
  terminated = false;
  send(data: string | Uint8Array): void {
    this.bufferedAmount += data.length;
  }
  terminate(): void {
    this.terminated = true;
  }
}

function viewing(): { socket: HeldSocket; viewer: Viewer } {
  const socket = new HeldSocket();
  return { socket, viewer: new Viewer(socket as unknown as WebSocket, { valid: () => true }) };
}

it("leaves samples out for a viewer for whom much waits, text only where far more does, and counts both", () => {
  const { socket, viewer } = viewing();
  const frame = new Uint8Array(100_000);
  const sent = Array.from({ length: 10 }, () => viewer.sendSamples(frame, 50));
  expect(sent.filter(Boolean)).toHaveLength(3);
  expect(socket.bufferedAmount).toBeLessThanOrEqual(SAMPLES_WAIT_BYTES + frame.length);
  expect(viewer.sendText("status")).toBe(true);
  socket.bufferedAmount = TEXT_WAIT_BYTES + 1;
  expect(viewer.sendText("status")).toBe(false);
  expect(viewer.dropped).toEqual({ frames: 7, samples: 350, messages: 1 });
  socket.bufferedAmount = 0;
  expect(viewer.sendSamples(frame, 50)).toBe(true);
});

it("closes a viewer that takes nothing for 20 s, and none that takes a little", () => {
  const { socket, viewer } = viewing();
  const start = performance.now();
  viewer.sendText("x".repeat(1000));
  for (let s = 1; s <= 100; s++) {
    socket.bufferedAmount--;
    expect(viewer.closeIfStuck(start + 1000 * s)).toBe(false);
  }
  expect(viewer.closeIfStuck(start + 119_000)).toBe(false);
  expect(viewer.closeIfStuck(start + 121_000)).toBe(true);
  expect(socket.terminated).toBe(true);
});

it("does not close a viewer for whom nothing waits", () => {
  const { viewer, socket } = viewing();
  expect(viewer.closeIfStuck(performance.now() + 3_600_000)).toBe(false);
  expect(socket.terminated).toBe(false);
});
