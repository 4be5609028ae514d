import { findDevice } from "../devices/registry.js";
import { BioxError } from "../errors.js";
import { type Emulator, startEmulator } from "./emulator.js";
import { type Feed, type FeedHandlers, idealLink, type LinkReport } from "./feed.js";
import { SerialFeed } from "./serial-feed.js";
import type { SimOptions } from "./source-uri.js";

const DEFAULT_RATE = 100;

/** The emulated wearable behind a pseudo-terminal, read through the same serial port code as a real one. */
export class SimFeed implements Feed {
  private emulator: Emulator | undefined;
  private serial: SerialFeed | undefined;
  private stopping = false;

  constructor(private readonly options: SimOptions) {}

  async open(handlers: FeedHandlers): Promise<void> {
    const rate = this.options.rate ?? DEFAULT_RATE;
    this.emulator = await startEmulator({ ...this.options, rate, channels: ["ppg"] });
    if (this.stopping) return this.stopEmulator();
    // Its terminal does not come back: the name may by then belong to somebody else's.
    const gone = (): void =>
      handlers.end(new BioxError("EMULATOR_FAILED", "The emulated wearable has ended unexpectedly."));
    this.serial = new SerialFeed(this.emulator.path, findDevice("biox"), undefined, undefined, gone);
    await this.serial.open(handlers);
  }

  async close(): Promise<void> {
    this.stopping = true;
    await this.serial?.close();
    await this.stopEmulator();
  }

  report(): LinkReport {
    return this.serial?.report() ?? idealLink();
  }

  describe(): void {
    this.serial?.describe();
  }

  private async stopEmulator(): Promise<void> {
    this.emulator?.stop();
    await this.emulator?.sent.catch(() => {});
  }
}
