import { access, constants, readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SerialPort } from "serialport";

/** A serial port of this machine. */
export interface PortInfo {
  path: string;
  vendorId: string | undefined;
  productId: string | undefined;
  /** What the USB device calls itself. */
  product: string | undefined;
  serialNumber: string | undefined;
  /** Whether this user may open it. */
  accessible: boolean;
}

/**
 * Lists the serial ports of this machine.
 *
 * On Linux from sysfs: SerialPort.list() runs udevadm, ends the process where that is missing, and does not know Jetson's ttyTHS ports.
 */
export async function listPorts(): Promise<PortInfo[]> {
  const ports = process.platform === "linux" ? await linuxPorts() : await otherPorts();
  return ports.sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
}

const SYSFS = "/sys/class/tty";

async function linuxPorts(): Promise<PortInfo[]> {
  const names = await readdir(SYSFS).catch(() => []);
  const ports = await Promise.all(
    names.filter((n) => /^(ttyUSB|ttyACM|ttyAMA|ttyTHS|ttyS|ttyWCH|rfcomm)\d/.test(n)).map(describePort),
  );
  return ports.filter((port) => port !== undefined);
}

async function describePort(name: string): Promise<PortInfo | undefined> {
  // A ttyS without a driver behind it is only a name that the kernel keeps: its type is 0.
  if (/^ttyS\d/.test(name) && ((await text(join(SYSFS, name, "type"))) ?? "0") === "0") return undefined;
  const path = `/dev/${name}`;
  const usb = await usbFolder(join(SYSFS, name, "device"));
  const fact = async (file: string): Promise<string | undefined> => (usb ? text(join(usb, file)) : undefined);
  return {
    path,
    vendorId: await fact("idVendor"),
    productId: await fact("idProduct"),
    product: await fact("product"),
    serialNumber: await fact("serial"),
    accessible: await accessible(path),
  };
}

/** The folder of the USB device that a port belongs to: the nearest one upwards that has an idVendor. */
async function usbFolder(device: string): Promise<string | undefined> {
  let folder = await realpath(device).catch(() => undefined);
  while (folder?.startsWith("/sys/devices/")) {
    if ((await text(join(folder, "idVendor"))) !== undefined) return folder;
    folder = dirname(folder);
  }
  return undefined;
}

async function otherPorts(): Promise<PortInfo[]> {
  const ports = await SerialPort.list();
  return Promise.all(
    ports.map(async ({ path, vendorId, productId, manufacturer, serialNumber }) => ({
      path,
      vendorId,
      productId,
      product: manufacturer,
      serialNumber,
      accessible: await accessible(path),
    })),
  );
}

function accessible(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

function text(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").then(
    (content) => content.trim(),
    () => undefined,
  );
}
