import type { SerialPort } from "serialport";
import type {
  DeviceCommands,
  DeviceDecoder,
  DeviceDescriptor,
  DeviceMessage,
  DeviceOptions,
  LinkStats,
  SerialSettings,
} from "../devices/types.js";
import { Dialogue } from "./dialogue.js";
import {
  type Feed,
  type FeedHandlers,
  type LinkReport,
  type LinkState,
  type LowLatency,
  now,
  sumLinks,
} from "./feed.js";
import { closePort, openPort, setLowLatency } from "./serial-port.js";
import { SilenceWatch } from "./silence-watch.js";

const RECONNECT_MS = 500;
/** Looks for a port where it was, twice a second. */
const SAME_PATH: PortFinder = {
  locate: async (path) => path,
  due: () => new Promise((resolve) => setTimeout(resolve, RECONNECT_MS)),
};
/** Commands have some tens of bytes: so many that are not sent show that the device does not read. */
const MOST_UNSENT_BYTES = 1024;

/** How a port is found again after it was lost. */
export interface PortFinder {
  /**
   * Where the port is now; undefined while it is not there, or is not this device's any more.
   *
   * @param path where it was
   */
  locate(path: string): Promise<string | undefined>;
  /** Resolves when it is to be looked for. */
  due(): Promise<void>;
}

/** A wearable on a serial port. A port that vanishes is opened again when it comes back, unless `onLost` says what else to do. */
export class SerialFeed implements Feed {
  private port: SerialPort | undefined;
  private handlers: FeedHandlers | undefined;
  private decoder: DeviceDecoder;
  /** Counters of the connections before this one. */
  private past: LinkStats | undefined;
  private state: LinkState = "closed";
  private lowLatency: LowLatency = "off";
  private reconnects = 0;
  private reconnecting = false;
  private startsRepeated = 0;
  private readonly commands: DeviceCommands;
  private dialogue: Dialogue | undefined;
  private stopping = false;
  private chunkArrival = 0;
  private bytesBefore = 0;
  private readonly watch = new SilenceWatch(
    (ms) => this.silent(ms),
    () => this.sound(),
  );

  /** @throws BioxError INVALID_ARGUMENT for an option that the device does not have */
  constructor(
    private path: string,
    private readonly device: DeviceDescriptor,
    private readonly serial: SerialSettings = device.serial,
    private readonly options: DeviceOptions = {},
    private readonly onLost?: () => void,
    private readonly finder: PortFinder = SAME_PATH,
  ) {
    this.decoder = device.createDecoder(options);
    this.commands = device.commands(options);
  }

  async open(handlers: FeedHandlers): Promise<void> {
    this.handlers = handlers;
    await this.attach(await openPort(this.path, this.serial));
  }

  async close(): Promise<void> {
    this.stopping = true;
    this.dialogue?.end();
    this.watch.end();
    const port = this.port;
    this.port = undefined;
    this.state = "closed";
    if (port?.isOpen) await closePort(port, this.commands.stop);
  }

  report(): LinkReport {
    const link = this.past ? sumLinks(this.past, this.decoder.link) : this.decoder.link;
    return {
      ...link,
      state: this.state,
      reconnects: this.reconnects,
      startsRepeated: this.startsRepeated,
      lowLatency: this.lowLatency,
    };
  }

  describe(): void {
    const { describe } = this.commands;
    if (describe && this.port?.isOpen) this.port.write(describe);
  }

  private async attach(port: SerialPort): Promise<void> {
    if (this.stopping) return closePort(port);
    this.port = port;
    this.state = "open";
    port.on("data", (chunk: Buffer) => this.take(chunk));
    port.on("error", () => {
      // Every error of an open port is followed by its close event, which is where it is dealt with.
    });
    port.on("close", () => {
      if (!this.stopping && port === this.port) this.lost();
    });
    const { decoder } = this;
    const write = (bytes: Uint8Array): void => {
      // A device that does not read stalls what was written before: more would only pile up.
      if (port.isOpen && port.writableLength < MOST_UNSENT_BYTES) port.write(bytes);
    };
    this.dialogue = new Dialogue(this.commands, write, () => decoder.link.frames);
    this.lowLatency = await setLowLatency(port);
    if (port !== this.port) return;
    this.dialogue.begin();
    this.watch.begin();
  }

  private take(chunk: Uint8Array): void {
    if (this.stopping) return;
    this.chunkArrival = now();
    this.handlers?.chunk?.(chunk, this.chunkArrival);
    this.decoder.push(chunk, this.deliver);
  }

  private readonly deliver = (message: DeviceMessage): void => {
    if (this.stopping) return;
    if (message.type === "hello") this.dialogue?.hello();
    else if (message.type === "samples") this.bytesBefore = this.decoder.link.bytes;
    this.watch.take(message);
    this.handlers?.message(message, this.chunkArrival, this.chunkArrival);
  };

  private silent(ms: number): void {
    this.state = "silent";
    const before = this.startsRepeated;
    const asked = this.dialogue?.stalled(() => {
      if (this.startsRepeated++ > before)
        this.handlers?.link(
          "silent",
          `no samples from ${this.path}: it is asked to start for the ${this.startsRepeated - before}. time`,
        );
    });
    const bytes = this.decoder.link.bytes - this.bytesBefore;
    const what = bytes > 0 ? `${bytes} bytes came, but none of them is a sample` : "nothing came";
    const hint = `${asked ? "it is asked to start again; " : ""}check the cable, the power of the device and its baud rate`;
    this.handlers?.link("silent", `no samples from ${this.path} for ${Math.round(ms / 1000)} s: ${what}; ${hint}`);
  }

  private sound(): void {
    this.dialogue?.sounds();
    this.state = "open";
    this.handlers?.link("open", undefined);
  }

  private lost(): void {
    this.dialogue?.end();
    this.watch.end();
    this.bytesBefore = 0;
    this.port = undefined;
    this.state = "reconnecting";
    this.past = this.report();
    this.decoder = this.device.createDecoder(this.options);
    if (this.onLost) {
      this.onLost();
      return;
    }
    this.handlers?.link("reconnecting", `${this.path} is gone`);
    // One that is gone again before it was quite open is looked for already.
    if (!this.reconnecting) void this.reconnect();
  }

  private async reconnect(): Promise<void> {
    this.reconnecting = true;
    while (!this.stopping && !this.port) {
      await this.finder.due();
      if (this.stopping) return;
      try {
        const path = await this.finder.locate(this.path);
        if (path === undefined || this.stopping) continue;
        this.path = path;
        await this.attach(await openPort(path, this.serial));
      } catch {
        // It is not there yet, or somebody else has it.
      }
    }
    this.reconnecting = false;
    if (this.stopping) return;
    this.reconnects++;
    this.handlers?.link("open", undefined);
  }
}
