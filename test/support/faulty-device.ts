import { execFileSync } from "node:child_process";
import { Relay } from "../../src/stream/relay.js";
import { BIOX, type Wire } from "./wires.js";

const TICK_MS = 5;

/** Epoch ms, as the gateway's clock has them. */
export const epochNow = (): number => performance.timeOrigin + performance.now();

/** What becomes of a frame on the way: the bytes that arrive in its place, and whether its samples are among them. */
export type Fault = (frame: Uint8Array) => { bytes: Uint8Array; arrives: boolean };

/**
 * A wearable behind a pseudo-terminal that takes samples in real time, knows when it took each, and has faults on demand.
 *
 * The value of a sample is its serial number, counted over restarts of the device, so that each sample in a ring tells which it was.
 */
export class FaultyDevice {
  /** When each sample was taken, epoch ms, and whether its frame went out whole and was not a repetition. */
  readonly taken: number[] = [];
  readonly arrives: boolean[] = [];
  /** Serial numbers of the samples that went out whole, in order; those of a frame that was repeated twice. */
  readonly sent: number[] = [];
  /** Applied to every frame of samples. */
  fault: Fault | undefined;
  /** Takes samples, but sends nothing. */
  mute = false;
  /** Takes no samples; its clock goes on. */
  still = false;
  /** What its clock is off by, us. */
  clockOffsetUs = 0;
  private relay: Relay | undefined;
  /** Somebody has the terminal open: what is sent before is lost. */
  private heard = false;
  private readonly timer: NodeJS.Timeout;
  private begin = epochNow();
  /** Its own number of the next sample, and when that is due. */
  private number = 0;
  private due = epochNow();
  private pending: { number: number; timeUs: number; values: number[] } | undefined;

  private constructor(
    readonly link: string,
    private readonly wire: Wire,
  ) {
    this.timer = setInterval(() => this.advance(), TICK_MS);
  }

  static async plugIn(link: string, wire = BIOX): Promise<FaultyDevice> {
    const device = new FaultyDevice(link, wire);
    await device.plugIn();
    return device;
  }

  get uri(): string {
    return `serial:${this.link}?device=${this.wire.device}`;
  }

  /** Serial number of the next sample. */
  get next(): number {
    return this.taken.length;
  }

  async plugIn(): Promise<void> {
    this.relay = await Relay.start(this.link, {
      opened: () => {
        this.heard = true;
      },
      bytes: (bytes) => {
        // Any word of the gateway is answered with a description: a device that is asked twice says the same twice.
        if (bytes.length > 0 && this.wire.hello) this.send(this.wire.hello(this.pending?.number ?? this.number));
      },
      closed: () => {
        this.heard = false;
      },
    });
  }

  async unplug(): Promise<void> {
    const { relay } = this;
    this.relay = undefined;
    this.heard = false;
    relay?.stop();
    await relay?.exited;
  }

  /** Numbers and clock begin anew. */
  reboot(): void {
    this.number = 0;
    this.pending = undefined;
    this.begin = epochNow();
    this.clockOffsetUs = 0;
  }

  /** Sends bytes that are no samples. */
  send(bytes: Uint8Array): void {
    this.relay?.write(bytes);
  }

  /** Sends each of the next `frames` frames twice; resolves when they have gone out. */
  repeat(frames: number): Promise<void> {
    return new Promise((resolve) => {
      let left = frames;
      this.fault = (frame) => {
        if (--left === 0) {
          this.fault = undefined;
          resolve();
        }
        return { bytes: Uint8Array.of(...frame, ...frame), arrives: true };
      };
    });
  }

  /** Stops or continues the process that holds the terminal: its path stays, but nobody reads or writes at the other end. */
  signalTerminal(signal: "SIGSTOP" | "SIGCONT"): void {
    const pid = execFileSync("pgrep", ["-f", "--", `--link ${this.link}$`], { encoding: "utf8" }).trim();
    process.kill(Number(pid), signal);
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.unplug();
  }

  private advance(): void {
    const { rate, perFrame } = this.wire;
    const now = epochNow();
    for (; this.due <= now; this.due += 1000 / rate) {
      // A frame that is begun is ended first: its samples have one stamp.
      if (this.still && !this.pending) continue;
      const timeUs = Math.round((this.due - this.begin) * 1000) + this.clockOffsetUs;
      this.pending ??= { number: this.number, timeUs: timeUs >>> 0, values: [] };
      this.pending.values.push(this.taken.length);
      this.number = (this.number + 1) >>> 0;
      this.taken.push(this.due);
      this.arrives.push(false);
      if (this.pending.values.length === perFrame) this.transmit();
    }
  }

  private transmit(): void {
    const { number, timeUs, values } = this.pending!;
    this.pending = undefined;
    if (!this.heard || this.mute) return;
    const frame = this.wire.frame(number, timeUs, values);
    const { bytes, arrives } = this.fault?.(frame) ?? { bytes: frame, arrives: true };
    for (const value of values) this.arrives[value] = arrives;
    const copies = arrives ? Math.floor(bytes.length / frame.length) : 0;
    for (let copy = 0; copy < copies; copy++) this.sent.push(...values);
    this.send(bytes);
  }
}
