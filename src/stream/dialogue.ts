import type { DeviceCommands } from "../devices/types.js";

/** How often a device is asked who it is, until it answers. */
const HELLO_MS = 300;
/** How often a device that describes itself by its frames alone is told to start, until they come. */
const START_MS = 1000;
/** A device that had begun and has stalled is asked again after this, ms, each time twice as long, at most the second. */
const ASK_AGAIN_MS = 5000;
const LONGEST_ASK_AGAIN_MS = 60_000;

/**
 * What the gateway says to a device while its port is open.
 *
 * A device with a `hello` is asked until the decoder has understood its answer, then set up and started once. A device without one is started at
 * once, again and again until frames come, since a board that was reset by the opening of its port hears nothing at first. One that
 * falls silent, as a board does that has booted behind its adapter, is asked, set up and started again as if it was new, at growing
 * intervals, until samples come.
 */
export class Dialogue {
  private timer: NodeJS.Timeout | undefined;
  private keeper: NodeJS.Timeout | undefined;
  private again: NodeJS.Timeout | undefined;
  private described = false;

  /** @param write sends bytes; never called after `end` */
  constructor(
    private readonly commands: DeviceCommands,
    private readonly write: (bytes: Uint8Array) => void,
  ) {}

  begin(): void {
    const { hello, start, keepAlive } = this.commands;
    if (hello) this.repeat(HELLO_MS, hello);
    else if (start) this.repeat(START_MS, start);
    if (keepAlive) this.keeper = setInterval(() => this.write(keepAlive.bytes), keepAlive.everyMs);
  }

  /** The decoder has delivered a hello. */
  hello(): void {
    if (this.described) return;
    this.described = true;
    clearInterval(this.timer);
    const { hello, setup, start } = this.commands;
    if (hello) this.say([...(setup?.steps ?? []), ...(start ? [start] : [])], setup?.everyMs);
  }

  /**
   * No samples come any more. Whether the device is one that can be asked again; it is, until `sounds` is called.
   *
   * @param onAsk called each time, before it is asked
   */
  stalled(onAsk: () => void): boolean {
    const { hello, setup, start } = this.commands;
    if (!start || !this.described) return false;
    const words = [...(hello ? [hello] : []), ...(setup?.steps ?? []), start];
    const ask = (pause: number): void => {
      clearTimeout(this.timer);
      onAsk();
      this.say([...words], Math.max(HELLO_MS, setup?.everyMs ?? 0));
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

  private repeat(ms: number, word: Uint8Array): void {
    this.timer = setInterval(() => this.write(word), ms);
    this.write(word);
  }
}
