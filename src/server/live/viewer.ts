import type { WebSocket } from "ws";
import type { Dropped, ServerFrame } from "./protocol.js";

/** Bytes that may wait for a viewer before it gets no more samples, and before it gets no more text. */
export const SAMPLES_WAIT_BYTES = 256 * 1024;
export const TEXT_WAIT_BYTES = 1024 * 1024;
/** A viewer for whom bytes wait and who has taken none for so long is closed. */
const STUCK_MS = 20_000;
/** Frames that a client may send in a second; a page sends a few a minute. */
const MOST_FRAMES_A_SECOND = 50;

/** One open page. What it does not take in time is left out and counted; nobody waits for it. */
export class Viewer {
  /** Wearer in depth. */
  watched: string | null = null;
  readonly dropped = { frames: 0, samples: 0, messages: 0 } satisfies Dropped;
  /** Answered the last ping. */
  alive = true;
  private sent = 0;
  private taken = 0;
  private takenAt = performance.now();
  private received = { second: 0, frames: 0 };

  constructor(
    readonly socket: WebSocket,
    readonly admission: { valid(): boolean },
  ) {
    socket.on("pong", () => {
      this.alive = true;
    });
  }

  /** False where it had to be left out. */
  sendText(text: string): boolean {
    if (this.socket.bufferedAmount > TEXT_WAIT_BYTES) {
      this.dropped.messages++;
      return false;
    }
    this.write(text, text.length);
    return true;
  }

  send(frame: ServerFrame): boolean {
    return this.sendText(JSON.stringify(frame));
  }

  /** False where they had to be left out. */
  sendSamples(frame: Uint8Array, samples: number): boolean {
    if (this.socket.bufferedAmount > SAMPLES_WAIT_BYTES) {
      this.dropped.frames++;
      this.dropped.samples += samples;
      return false;
    }
    this.write(frame, frame.byteLength);
    return true;
  }

  /** Counts a frame of the client; false where it sends more of them than any page would. */
  mayReceive(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.received.second) this.received = { second, frames: 0 };
    return ++this.received.frames <= MOST_FRAMES_A_SECOND;
  }

  /** Closes it where it has taken nothing of what waits for it for long; true then. To be asked about once a second. */
  closeIfStuck(now = performance.now()): boolean {
    const taken = this.sent - this.socket.bufferedAmount;
    if (this.socket.bufferedAmount === 0 || taken > this.taken) {
      this.taken = taken;
      this.takenAt = now;
      return false;
    }
    if (now - this.takenAt < STUCK_MS) return false;
    // A closing frame would wait behind all the others.
    this.socket.terminate();
    return true;
  }

  private write(data: string | Uint8Array, bytes: number): void {
    this.sent += bytes;
    // A viewer that is gone is told of by `close`.
    this.socket.send(data, () => {});
  }
}
