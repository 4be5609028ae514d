import { findDevice } from "../devices/registry.js";
import { type Emulator, startEmulator } from "./emulator.js";
import { type Feed, type FeedHandlers, idealLink, type LinkReport } from "./feed.js";
import { SerialFeed } from "./serial-feed.js";
import type { SimOptions } from "./source-uri.js";

const DEFAULT_RATE = 100;

/** The emulated wearable behind a pseudo-terminal, read through the same serial port code as a real one. */
export class SimFeed implements Feed {
  private emulator: Emulator | undefined;
  private serial: SerialFeed | undefined;

  constructor(private readonly options: SimOptions) {}

  async open(handlers: FeedHandlers): Promise<void> {
    this.emulator = await startEmulator({
      ...this.options,
      rate: this.options.rate ?? DEFAULT_RATE,
      channels: ["ppg"],
    });
    const device = findDevice("biox");
    this.serial = new SerialFeed(this.emulator.path, device, device.baud);
    await this.serial.open(handlers);
  }

  async close(): Promise<void> {
    await this.serial?.close();
    this.emulator?.stop();
    await this.emulator?.sent.catch(() => {});
  }

  report(): LinkReport {
    return this.serial?.report() ?? idealLink();
  }
}
