import { lstat, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { usbDevice } from "./ports.js";

/**
 * Which device is behind a port, in words; the same again where it is surely or possibly the same device. What is plugged in later may get
 * the name of one that was pulled out: /dev/ttyUSB0, or the number of a pseudo-terminal.
 *
 * Undefined where nothing is known: no port is there, or it is a UART of the board. It is also undefined for a symbolic link such as those
 * in /dev/serial/by-id, whose name is what its user chose the device by.
 *
 * @param root folder in which /sys and /dev of a Linux machine are looked for, in place of this machine's own
 */
export async function portIdentity(path: string, root = "/"): Promise<string | undefined> {
  const node = await lstat(join(root, path)).catch(() => undefined);
  if (node === undefined || node.isSymbolicLink()) return undefined;
  const real = await realpath(join(root, path)).catch(() => undefined);
  if (real === undefined) return undefined;
  // The kernel changes this time of a terminal only when it makes it, or its owner does.
  if (path.startsWith("/dev/pts/")) return `pseudo-terminal of ${new Date(node.ctimeMs).toISOString()}`;
  const usb = await usbDevice(basename(real), root);
  if (usb === undefined) return undefined;
  const { vendorId, productId, serialNumber } = usb;
  return `USB device ${vendorId}:${productId}${serialNumber === undefined ? "" : ` with serial number ${serialNumber}`}`;
}
