import type { DeviceCommands } from "../devices/types.js";

/** How often a device is asked who it is, until it answers. */
const HELLO_MS = 300;
/** How often a device that describes itself by its frames alone is told to start, until they come. */
const START_MS = 1000;
/** So many starts may go by without a frame before a running device counts as one that was switched off and on. */
const SILENT_STARTS = 3;

/**
 * What the gateway says to a device while its port is open.
 *
 * A device with a `hello` is asked until the decoder has understood its answer, then set up and started once. A device without one is started at
 * once, again and again until frames come, since a board that was reset by the opening of its port hears nothing at first; and anew
 * when it falls silent.
 */
export class Dialogue {
  private timer: NodeJS.Timeout | undefined;
  private keeper: NodeJS.Timeout | undefined;
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
    const words = [...(setup?.steps ?? []), ...(start ? [start] : [])];
    const next = (): void => {
      const word = words.shift();
      if (word) this.write(word);
      if (words.length > 0) this.timer = setTimeout(next, setup?.everyMs);
    };
    next();
  }

  end(): void {
    clearInterval(this.timer);
    clearInterval(this.keeper);
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
