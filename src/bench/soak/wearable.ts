import { pack } from "msgpackr";
import { syntheticSignal } from "../../devices/synthetic/signal.js";
import type { EmulatedSignal, StreamDescriptor } from "../../devices/types.js";
import { encodeFrame, FrameKind } from "../../framing/index.js";
import { Relay } from "../../stream/relay.js";

const TICK_MS = 10;
const CLOCK_HZ = 1_000_000;
/** Garbage comes in pieces: a terminal holds some thousand bytes. */
const GARBAGE_PIECE = 1024;

/** What a wearable knows of its own samples. */
export interface WearableAccount {
  /** Samples in frames that were sent whole after the gateway had been answered: all of them arrived. */
  arrived: number;
  /** The same, and those sent between the opening of the terminal and the first answer: they may have come too early to be read. */
  atMost: number;
  /** Samples in frames that were damaged on purpose. */
  damaged: number;
}

/**
 * A wearable of the `biox` kind behind a pseudo-terminal, which takes samples in real time and can be unplugged, send garbage and damage
 * frames. A terminal that is unplugged goes when the gateway has read it empty, so that what was sent has arrived.
 */
export class SoakWearable {
  readonly account: WearableAccount = { arrived: 0, atMost: 0, damaged: 0 };
  private relay: Relay | undefined;
  private heard = false;
  private answered = false;
  private next = 0;
  private damage = 0;
  private begin = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly stream: StreamDescriptor;
  private readonly signal: EmulatedSignal;
  private readonly perFrame: number;

  /** @param link path at which its terminal is found while it is plugged in */
  constructor(
    readonly link: string,
    private readonly rate: number,
    seed: number,
  ) {
    this.perFrame = Math.max(1, Math.round(rate / 25));
    const channels = [{ name: "ppg", unit: "adc", scale: 1, offset: 0 }];
    this.stream = { id: 0, name: "pulse", channels, rate, speed: 1, clock: "device", next: undefined };
    // From rest to vigorous, each wearer another.
    this.signal = syntheticSignal([this.stream], { hr: 55 + ((seed * 37) % 90), seed });
    this.timer = setInterval(() => this.advance(), TICK_MS);
  }

  get plugged(): boolean {
    return this.relay !== undefined;
  }

  /** Begins anew, as a device does that was without power. */
  async plugIn(): Promise<void> {
    this.begin = performance.now();
    this.next = 0;
    this.relay = await Relay.start(this.link, {
      opened: () => {
        this.heard = true;
      },
      bytes: (bytes) => {
        if (bytes.length === 0) return;
        this.relay?.write(this.hello());
        this.answered = true;
      },
      closed: () => {
        this.heard = false;
        this.answered = false;
      },
    });
  }

  async unplug(): Promise<void> {
    const { relay } = this;
    this.relay = undefined;
    this.heard = false;
    this.answered = false;
    relay?.end();
    const giveUp = setTimeout(() => relay?.stop(), 5000);
    await relay?.exited;
    clearTimeout(giveUp);
  }

  /** Sends bytes that are no frame, behind a frame's end. */
  garbage(bytes: number, random: () => number): void {
    for (let sent = 0; sent < bytes; sent += GARBAGE_PIECE) {
      const piece = Uint8Array.from({ length: Math.min(GARBAGE_PIECE, bytes - sent) }, () =>
        Math.floor(256 * random()),
      );
      this.relay?.write(piece);
    }
    // The next frame begins with a delimiter of its own.
    this.relay?.write(Uint8Array.of(0));
  }

  /** Turns over one bit in each of the next frames. */
  damageFrames(frames: number): void {
    this.damage += frames;
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.unplug();
  }

  private hello(): Uint8Array {
    const { channels, id, name, rate } = this.stream;
    const streams = [{ id, name, channels, format: "f32", rate, next: this.next }];
    const payload = pack({ device: "soak", firmware: "1", clockHz: CLOCK_HZ, speed: 1, streams });
    return encodeFrame({ kind: FrameKind.hello, payload });
  }

  private advance(): void {
    const due = Math.floor(((performance.now() - this.begin) / 1000) * this.rate);
    for (; this.next + this.perFrame <= due; this.next += this.perFrame) this.send();
  }

  private send(): void {
    if (!this.heard || !this.relay) return;
    const { next, perFrame, account } = this;
    const values = Float32Array.from({ length: perFrame }, (_, i) => this.signal(0, 0, next + i));
    const timeUs = Math.round((next / this.rate) * CLOCK_HZ) >>> 0;
    const payload = new Uint8Array(values.buffer);
    const frame = encodeFrame({ kind: FrameKind.samples, index: next, count: perFrame, timeUs, payload });
    if (this.damage > 0) {
      this.damage--;
      // In the middle, away from the delimiters; 0x00 must not come to be.
      const at = frame.length >> 1;
      frame[at] = frame[at]! ^ 1 || 2;
      account.damaged += perFrame;
    } else {
      account.atMost += perFrame;
      if (this.answered) account.arrived += perFrame;
    }
    this.relay.write(frame);
  }
}
