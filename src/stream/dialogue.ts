import type { DeviceCommands } from "../devices/types.js";

/** How often a device is asked who it is, until it answers. */
const HELLO_MS = 300;
/** How often a device that describes itself by its frames alone is told to start, until they come. */
const START_MS = 1000;
/** So many starts may go by without a frame before a running device counts as one that was switched off and on. */
const SILENT_STARTS = 3;
/** A device that had begun and has stalled is asked again after this, ms, each time twice as long, at most the second. */
const ASK_AGAIN_MS = 5000;
const LONGEST_ASK_AGAIN_MS = 60_000;

/**
 * What the gateway says to a device while its port is open.
 *
 * A device with a `hello` is asked until the decoder has understood its answer, then set up and started once. A device without one is started at
 * once, again and again until frames come, since a board that was reset by the opening of its port hears nothing at first; and anew
 * when it falls silent. One with a `hello` that falls silent, as a board does that has booted behind its adapter, is asked, set up and
 * started again as if it was new, at growing intervals, until samples come.
 */
export class Dialogue {
  private timer: NodeJS.Timeout | undefined;
  private keeper: NodeJS.Timeout | undefined;
  private again: NodeJS.Timeout | undefined;
  private described = false;
  private seen = 0;
  private silent = 0;

  /**
   * @param write sends bytes; never called after `end`
   * @param frames how many frames have been decoded on this connection
   */
  constructor(
    private readonly commands: DeviceCommands,
    private readonly write: (bytes: Uint8Array) => void,
    private readonly frames: () => number,
  ) {}

  begin(): void {
    const { hello, start, keepAlive } = this.commands;
    if (hello) this.repeat(HELLO_MS, () => this.write(hello));
    else if (start) this.repeat(START_MS, () => this.startAnew(start));
    if (keepAlive) this.keeper = setInterval(() => this.write(keepAlive.bytes), keepAlive.everyMs);
  }

  /** The decoder has delivered a hello. */
  hello(): void {
    if (this.described) return;
    this.described = true;
    const { hello, setup, start } = this.commands;
    if (!hello) return;
    clearInterval(this.timer);
    this.say([...(setup?.steps ?? []), ...(start ? [start] : [])], setup?.everyMs);
  }

  /**
   * No samples come any more. Whether the device is one that can be asked again; it is, until `sounds` is called.
   *
   * @param onAsk called each time, before it is asked
   */
  stalled(onAsk: () => void): boolean {
    const { hello, setup, start } = this.commands;
    if (!hello || !start || !this.described) return false;
    const ask = (pause: number): void => {
      clearTimeout(this.timer);
      onAsk();
      this.say([hello, ...(setup?.steps ?? []), start], Math.max(HELLO_MS, setup?.everyMs ?? 0));
      this.again = setTimeout(ask, pause, Math.min(2 * pause, LONGEST_ASK_AGAIN_MS));
    };
    ask(ASK_AGAIN_MS);
    return true;
  }

  /** Samples come again: nothing more is said to a device that streams. */
  sounds(): void {
    if (this.again === undefined) return;
    clearTimeout(this.again);
    clearTimeout(this.timer);
    this.again = undefined;
  }

  end(): void {
    clearInterval(this.timer);
    clearInterval(this.keeper);
    clearTimeout(this.again);
  }

  /** Says one word after the other. */
  private say(words: Uint8Array[], everyMs: number | undefined): void {
    const next = (): void => {
      const word = words.shift();
      if (word) this.write(word);
      if (words.length > 0) this.timer = setTimeout(next, everyMs);
    };
    next();
  }

  private repeat(ms: number, say: () => void): void {
    this.timer = setInterval(say, ms);
    say();
  }

  private startAnew(start: Uint8Array): void {
    const frames = this.frames();
    this.silent = frames === this.seen ? this.silent + 1 : 0;
    this.seen = frames;
    if (!this.described || this.silent >= SILENT_STARTS) this.write(start);
  }
}
