import { SerialPort } from "serialport";
import type { DeviceDecoder, DeviceDescriptor, DeviceMessage, LinkStats } from "../devices/types.js";
import {
  type Feed,
  type FeedHandlers,
  type LinkReport,
  type LinkState,
  type LowLatency,
  now,
  sumLinks,
} from "./feed.js";
import { portError } from "./serial-errors.js";

const RECONNECT_MS = 500;
/** How often the device is asked again who it is, until it answers. */
const HELLO_MS = 300;
/** How long a device that does not read may hold up the closing of its port. */
const DRAIN_MS = 200;

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
  private greeted = false;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private chunkArrival = 0;

  constructor(
    private readonly path: string,
    private readonly device: DeviceDescriptor,
    private readonly baud: number,
    private readonly onLost?: () => void,
  ) {
    this.decoder = device.createDecoder();
  }

  async open(handlers: FeedHandlers): Promise<void> {
    this.handlers = handlers;
    await this.attach(await openPort(this.path, this.baud));
  }

  async close(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const port = this.port;
    this.port = undefined;
    this.state = "closed";
    if (port?.isOpen) await closePort(port, this.device.commands().stop);
  }

  report(): LinkReport {
    const link = this.past ? sumLinks(this.past, this.decoder.link) : this.decoder.link;
    return { ...link, state: this.state, reconnects: this.reconnects, lowLatency: this.lowLatency };
  }

  private async attach(port: SerialPort): Promise<void> {
    if (this.stopping) return closePort(port);
    this.port = port;
    this.state = "open";
    this.greeted = false;
    port.on("data", (chunk: Buffer) => this.take(chunk));
    port.on("error", () => {
      // Every error of an open port is followed by its close event, which is where it is dealt with.
    });
    port.on("close", () => {
      if (!this.stopping && port === this.port) this.lost();
    });
    this.lowLatency = await setLowLatency(port);
    this.greet();
  }

  private take(chunk: Uint8Array): void {
    if (this.stopping) return;
    this.chunkArrival = now();
    this.handlers?.chunk?.(chunk, this.chunkArrival);
    this.decoder.push(chunk, this.deliver);
  }

  private readonly deliver = (message: DeviceMessage): void => {
    if (this.stopping) return;
    if (message.type === "hello" && !this.greeted) {
      this.greeted = true;
      clearTimeout(this.timer);
      const { start } = this.device.commands();
      if (start) this.port?.write(start);
    }
    this.handlers?.message(message, this.chunkArrival, this.chunkArrival);
  };

  /** Asks the device to say who it is until it does. */
  private greet(): void {
    const { hello } = this.device.commands();
    if (!hello || this.greeted || this.stopping || !this.port?.isOpen) return;
    this.port.write(hello);
    this.timer = setTimeout(() => this.greet(), HELLO_MS);
  }

  private lost(): void {
    clearTimeout(this.timer);
    this.port = undefined;
    this.state = "reconnecting";
    this.past = this.report();
    this.decoder = this.device.createDecoder();
    if (this.onLost) {
      this.onLost();
      return;
    }
    this.handlers?.link("reconnecting", `${this.path} is gone`);
    this.timer = setTimeout(() => this.reconnect(), RECONNECT_MS);
  }

  private async reconnect(): Promise<void> {
    if (this.stopping) return;
    try {
      await this.attach(await openPort(this.path, this.baud));
      if (this.stopping) return;
      this.reconnects++;
      this.handlers?.link("open", undefined);
    } catch {
      if (!this.stopping) this.timer = setTimeout(() => this.reconnect(), RECONNECT_MS);
    }
  }
}

function openPort(path: string, baudRate: number): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    port.open((error) => (error ? reject(portError(path, error)) : resolve(port)));
  });
}

/** Sends a last command and closes the port, whether the device reads it or not. */
function closePort(port: SerialPort, last?: Uint8Array): Promise<void> {
  if (last) port.write(last);
  return new Promise((resolve) => {
    const close = (): void => {
      clearTimeout(patience);
      if (port.isOpen) port.close(() => resolve());
      else resolve();
    };
    const patience = setTimeout(close, DRAIN_MS);
    port.drain(close);
  });
}

/** Asks the driver to hand over bytes at once, and reads back whether it will. Drivers without the setting (pty, some UARTs) refuse. */
async function setLowLatency(port: SerialPort): Promise<LowLatency> {
  const binding = port.port as unknown as {
    set(options: { lowLatency: boolean }): Promise<void>;
    get(): Promise<{ lowLatency?: boolean }>;
  };
  try {
    await binding.set({ lowLatency: true });
    return (await binding.get()).lowLatency ? "on" : "off";
  } catch {
    return "unsupported";
  }
}
