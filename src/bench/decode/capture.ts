import { packMap } from "../../devices/biox/messagepack.js";
import { emulatedStreams } from "../../devices/synthetic/converse.js";
import { syntheticSignal } from "../../devices/synthetic/signal.js";
import type { DeviceDescriptor } from "../../devices/types.js";
import { encodeFrame, FrameFlag, FrameKind } from "../../framing/frame.js";

/** What a device sends: first until its decoder knows what it is, then the steady stream. */
export interface Capture {
  head: Uint8Array;
  body: Uint8Array;
}

/** Enough for frames to pass through the caches as they do on a link; less where a device sends less in `LONGEST_MS`. */
const BODY_BYTES = 64 * 1024;
const LONGEST_MS = 300_000;
const STEP_MS = 10;
const ASK_MS = 300;
/** For the last answers to arrive and the stream to settle. */
const SETTLE_MS = 1000;

/** Bytes of a device with default options, from its emulator. */
export function captureDevice(device: DeviceDescriptor): Capture {
  if (device.createEmulator === undefined) return bioxCapture();
  const emulator = device.createEmulator(syntheticSignal(emulatedStreams(device)));
  const decoder = device.createDecoder();
  const { hello, setup, start, keepAlive } = device.commands();
  const head: Uint8Array[] = [];
  const body: Uint8Array[] = [];
  let bytes = 0;
  let greetedAt = Number.POSITIVE_INFINITY;
  let greeted = false;
  const hear = (sent: Uint8Array): void => {
    decoder.push(sent, (message) => {
      if (message.type === "hello") greeted = true;
    });
    head.push(sent);
  };
  hear(emulator.boot());
  for (let now = 0; now < LONGEST_MS && bytes < BODY_BYTES; now += STEP_MS) {
    const asking = hello ?? start;
    if (!greeted && asking !== undefined && now % ASK_MS === 0) hear(emulator.receive(asking));
    if (keepAlive !== undefined && now % keepAlive.everyMs === 0) hear(emulator.receive(keepAlive.bytes));
    if (greeted && greetedAt > now) {
      greetedAt = now;
      for (const step of setup?.steps ?? []) {
        hear(emulator.receive(step));
        hear(emulator.advance(setup!.everyMs));
      }
      if (hello !== undefined && start !== undefined) hear(emulator.receive(start));
    }
    const sent = emulator.advance(STEP_MS);
    if (now < greetedAt + SETTLE_MS) {
      hear(sent);
    } else {
      body.push(sent);
      bytes += sent.length;
    }
  }
  return { head: joined(head), body: joined(body) };
}

/** A wearable of the firmware library: frames of four samples of two i24 channels, 42 bytes each. */
function bioxCapture(): Capture {
  const channel = { unit: "adc", scale: 1, offset: 0 };
  const channels = [
    { name: "red", ...channel },
    { name: "ir", ...channel },
  ];
  const streams = [{ id: 1, name: "ppg", channels, format: "i24", rate: 100, next: 0 }];
  const payload = packMap({ device: "bench", firmware: "1", clockHz: 1_000_000, speed: 1, streams });
  const signal = syntheticSignal([{ ...streams[0]!, speed: 1, clock: "device", next: 0 }]);
  const body: Uint8Array[] = [];
  for (let index = 0, bytes = 0; bytes < BODY_BYTES; index += 4) {
    const values = new DataView(new ArrayBuffer(4 * 2 * 3 + 1));
    // Four bytes each, of which the next value writes over the last.
    for (let i = 0; i < 8; i++) values.setInt32(3 * i, signal(1, i % 2, index + (i >> 1)), true);
    const frame = encodeFrame({
      kind: FrameKind.samples,
      stream: 1,
      count: 4,
      flags: index === 0 ? FrameFlag.restarted : 0,
      index,
      timeUs: index * 10_000,
      payload: new Uint8Array(values.buffer, 0, 24),
    });
    body.push(frame);
    bytes += frame.length;
  }
  return { head: encodeFrame({ kind: FrameKind.hello, payload }), body: joined(body) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
