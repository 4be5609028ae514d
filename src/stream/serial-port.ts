/** Opening and closing of ports: the one place that knows the serialport package. */

import { isatty } from "node:tty";
import { SerialPort } from "serialport";
import type { SerialSettings } from "../devices/types.js";
import type { LowLatency } from "./feed.js";
import { portError } from "./serial-errors.js";

/** How long a device that does not read may hold up the closing of its port. */
const DRAIN_MS = 200;
/**
 * Bytes that are read at once at most, which is what the kernel holds for a terminal. serialport reads into buffers of this size one after
 * the other: of its own 64 kB each lives for seconds, so that only V8's rare full collections free it, and memory grows by tens of MB before.
 */
const READ_BYTES = 4096;
/** How often it is looked whether a terminal still is one, ms. */
const HANG_UP_LOOK_MS = 250;

/**
 * Opens a port, which closes by itself when its device is pulled out.
 *
 * @throws BioxError PORT_*
 */
export function openPort(path: string, { baud, parity }: SerialSettings): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate: baud, parity, autoOpen: false, highWaterMark: READ_BYTES });
    port.open((error) => {
      if (error) reject(portError(path, error));
      else {
        closeWhenHungUp(port);
        resolve(port);
      }
    });
  });
}

/**
 * A port that is pulled out while it is being read gives 0 bytes for ever; serialport 13 then reads on without end, at the cost of a whole
 * core, and never says that it is gone. What was hung up is no terminal any more. It is closed at the second look: its last bytes may have
 * been read and not handed over yet at the first, and would be lost.
 */
function closeWhenHungUp(port: SerialPort): void {
  let hungUp = false;
  const timer = setInterval(() => {
    const { fd } = port.port as unknown as { fd: number | null };
    const gone = port.isOpen && fd !== null && !isatty(fd);
    if (gone && hungUp) port.close();
    hungUp = gone;
  }, HANG_UP_LOOK_MS);
  timer.unref();
  port.once("close", () => clearInterval(timer));
}

/** Sends a last command and closes the port, whether the device reads it or not. */
export function closePort(port: SerialPort, last?: Uint8Array): Promise<void> {
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
export async function setLowLatency(port: SerialPort): Promise<LowLatency> {
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
