/**
 * Device time to host time for one stream.
 *
 * Bytes arrive late, never early: USB adapters hold them for up to 16 ms and the operating system adds its own delay. So the
 * smallest difference between arrival and device time within the last seconds is the one with the least delay, and it gives the
 * offset (the idea of NTP's clock filter, RFC 5905 section 10). The minimum is taken over two alternating spans, so that the
 * offset follows a drifting device within two spans.
 */

/** Host seconds of one span of the running minimum. */
const SPAN_MS = 10_000;

export class StreamClock {
  private current = Number.POSITIVE_INFINITY;
  private previous = Number.POSITIVE_INFINITY;
  private spanStart = 0;
  private last = Number.NEGATIVE_INFINITY;

  /** @param speed device seconds per host second: 1, or more where an emulator plays faster than real time */
  constructor(readonly speed: number) {}

  /** Forgets everything: the device restarted. Host times still never run backwards. */
  restart(): void {
    this.current = Number.POSITIVE_INFINITY;
    this.previous = Number.POSITIVE_INFINITY;
  }

  /**
   * Notes one arrival and returns the host time of that instant of the device clock.
   *
   * @param deviceMs unwrapped device time of the newest sample of a block, ms
   * @param arrivalMs host epoch ms at which the block arrived
   */
  observe(deviceMs: number, arrivalMs: number): number {
    const offset = arrivalMs - deviceMs / this.speed;
    if (arrivalMs - this.spanStart > SPAN_MS) {
      this.previous = this.current;
      this.current = Number.POSITIVE_INFINITY;
      this.spanStart = arrivalMs;
    }
    if (offset < this.current) this.current = offset;
    return this.toHost(deviceMs);
  }

  /** Host epoch ms of a device time in ms; never earlier than a time it gave before. */
  toHost(deviceMs: number): number {
    const time = deviceMs / this.speed + Math.min(this.current, this.previous);
    this.last = Math.max(this.last, time);
    return this.last;
  }
}
