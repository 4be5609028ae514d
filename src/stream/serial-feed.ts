import { SerialPort } from "serialport";
import type { DeviceDecoder, DeviceDescriptor, DeviceMessage } from "../devices/types.js";
import { type Feed, type FeedHandlers, type LinkReport, type LinkState, type LowLatency, now } from "./feed.js";
import { portError } from "./serial-errors.js";

const RECONNECT_MS = 500;
/** How often the device is asked again who it is, until it answers. */
const HELLO_MS = 300;

/** A wearable on a serial port. A port that vanishes is opened again when it comes back. */
export class SerialFeed implements Feed {
  private port: SerialPort | undefined;
  private handlers: FeedHandlers | undefined;
  private readonly decoder: DeviceDecoder;
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
  ) {
    this.decoder = device.createDecoder();
  }

  async open(handlers: FeedHandlers): Promise<void> {
    const port = await openPort(this.path, this.baud);
    this.handlers = handlers;
    await this.attach(port);
  }

  async close(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const port = this.port;
    this.port = undefined;
    this.state = "closed";
    if (!port?.isOpen) return;
    const stop = this.device.commands.stop;
    if (stop) port.write(stop);
    await new Promise<void>((resolve) => {
      // A device that does not read must not hold up the end.
      const giveUp = setTimeout(() => port.close(() => resolve()), 200);
      port.drain(() => {
        clearTimeout(giveUp);
        if (port.isOpen) port.close(() => resolve());
        else resolve();
      });
    });
  }

  report(): LinkReport {
    return { ...this.decoder.link, state: this.state, reconnects: this.reconnects, lowLatency: this.lowLatency };
  }

  private async attach(port: SerialPort): Promise<void> {
    this.port = port;
    this.state = "open";
    this.greeted = false;
    this.decoder.reset();
    this.lowLatency = await setLowLatency(port);
    port.on("data", (chunk: Buffer) => this.take(chunk));
    port.on("error", () => {
      // Every error of an open port is followed by its close event, which is where it is dealt with.
    });
    port.on("close", (reason: (Error & { disconnected?: boolean }) | null) => {
      if (!this.stopping && port === this.port) this.lost(reason?.message);
    });
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
      if (this.device.commands.start) this.port?.write(this.device.commands.start);
    }
    this.handlers?.message(message, this.chunkArrival, this.chunkArrival);
  };

  /** Asks the device to say who it is until it does. */
  private greet(): void {
    const hello = this.device.commands.hello;
    if (!hello || this.greeted || this.stopping || !this.port?.isOpen) return;
    this.port.write(hello);
    this.timer = setTimeout(() => this.greet(), HELLO_MS);
  }

  private lost(reason: string | undefined): void {
    clearTimeout(this.timer);
    this.port = undefined;
    this.state = "reconnecting";
    this.handlers?.link("reconnecting", reason);
    this.timer = setTimeout(() => this.reconnect(), RECONNECT_MS);
  }

  private async reconnect(): Promise<void> {
    if (this.stopping) return;
    try {
      const port = await openPort(this.path, this.baud);
      if (this.stopping) {
        port.close();
        return;
      }
      this.reconnects++;
      await this.attach(port);
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
