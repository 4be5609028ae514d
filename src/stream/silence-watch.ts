import type { DeviceMessage } from "../devices/types.js";

/** No samples for so long, and for so many times as long as a block of them lasts, is silence. */
const SILENT_MS = 3000;
const SILENT_BLOCKS = 3;
/** How often it is looked. A look this late shows that this process was held up, and what was sent meanwhile is yet to be read. */
const LOOK_MS = 500;
const HELD_UP_MS = 2 * LOOK_MS;

/** Notices that a device that described its streams sends no samples any more, and that it does again. */
export class SilenceWatch {
  private timer: NodeJS.Timeout | undefined;
  private silent = false;
  private lastSamples = 0;
  private lastLook = 0;
  /** Of each stream that has been described: ms between two samples, and of its longest block. */
  private readonly streams = new Map<number, { period: number; longest: number }>();

  /**
   * @param onSilent told once, with how long there were no samples, ms
   * @param onSound told before the samples that end the silence
   */
  constructor(
    private readonly onSilent: (ms: number) => void,
    private readonly onSound: () => void,
  ) {}

  /** The port is open. */
  begin(): void {
    this.silent = false;
    this.lastSamples = this.lastLook = performance.now();
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  end(): void {
    clearInterval(this.timer);
  }

  take(message: DeviceMessage): void {
    if (message.type === "hello")
      for (const { id, rate, speed } of message.streams)
        this.streams.set(id, { period: 1000 / (rate * speed), longest: 0 });
    if (message.type !== "samples") return;
    const stream = this.streams.get(message.block.stream);
    if (stream) stream.longest = Math.max(stream.longest, message.block.count * stream.period);
    this.lastSamples = performance.now();
    if (!this.silent) return;
    this.silent = false;
    this.onSound();
  }

  private look(): void {
    const now = performance.now();
    const heldUp = now - this.lastLook > HELD_UP_MS;
    this.lastLook = now;
    if (heldUp) this.lastSamples = now;
    const ms = now - this.lastSamples;
    if (this.silent || this.streams.size === 0 || ms < this.patience()) return;
    this.silent = true;
    this.onSilent(ms);
  }

  /** The stream that sends most often tells. */
  private patience(): number {
    let shortest = Number.POSITIVE_INFINITY;
    for (const { period, longest } of this.streams.values()) shortest = Math.min(shortest, Math.max(period, longest));
    return Math.max(SILENT_MS, SILENT_BLOCKS * shortest);
  }
}
