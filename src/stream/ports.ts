import { access, constants, readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SerialPort } from "serialport";
import { DEVICES } from "../devices/registry.js";

/** A serial port of this machine. */
export interface PortInfo {
  path: string;
  /** A path that stays the same wherever the device is plugged in: /dev/serial/by-id/... */
  byId: string | undefined;
  vendorId: string | undefined;
  productId: string | undefined;
  /** What the USB device calls itself, or what kind of port it is. */
  product: string | undefined;
  serialNumber: string | undefined;
  /** Whether this user may open it. */
  accessible: boolean;
  /** Group that owns it: its members may open it. */
  group: string | undefined;
  /** Names of programs that have it open, as far as this user may see. */
  usedBy: string[];
  /** The kernel writes its messages there. */
  console: boolean;
  /** Ids of devices that are found behind its USB chip; the chip alone does not tell which it is. */
  devices: string[];
}

/**
 * Lists the serial ports of this machine.
 *
 * On Linux from sysfs: SerialPort.list() runs udevadm, ends the process where that is missing, and does not know Jetson's ttyTHS ports.
 *
 * @param root folder in which /sys, /dev, /proc and /etc of a Linux machine are looked for, in place of this machine's own
 */
export async function listPorts(root?: string): Promise<PortInfo[]> {
  const ports = root !== undefined || process.platform === "linux" ? await linuxPorts(root ?? "/") : await otherPorts();
  return ports.sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
}

/** Kinds of port by name, and what is behind them where that is not USB. */
const KINDS: readonly (readonly [pattern: RegExp, product: string | undefined])[] = [
  [/^tty(USB|ACM|WCH)\d/, undefined],
  [/^ttyAMA\d/, "UART of the board (PL011)"],
  [/^ttyTHS\d/, "UART of the board (Tegra)"],
  [/^ttyS\d/, "UART of the board"],
  [/^rfcomm\d/, "Bluetooth"],
];

async function linuxPorts(root: string): Promise<PortInfo[]> {
  const sysfs = join(root, "sys/class/tty");
  const names = (await readdir(sysfs).catch(() => [])).filter((name) => KINDS.some(([pattern]) => pattern.test(name)));
  const consoles = ((await text(join(sysfs, "console/active"))) ?? "").split(" ");
  const [ids, users, groups] = await Promise.all([byIds(root), programs(root, names), groupNames(root)]);
  const ports = names.map(async (name): Promise<PortInfo | undefined> => {
    // A ttyS without a driver behind it is only a name that the kernel keeps: its type is 0.
    if (/^ttyS\d/.test(name) && ((await text(join(sysfs, name, "type"))) ?? "0") === "0") return undefined;
    const usb = await usbFolder(root, join(sysfs, name, "device"));
    const fact = async (file: string): Promise<string | undefined> => (usb ? text(join(usb, file)) : undefined);
    const [vendorId, productId] = [await fact("idVendor"), await fact("idProduct")];
    const node = join(root, "dev", name);
    const owner = await stat(node).catch(() => undefined);
    return {
      path: `/dev/${name}`,
      byId: ids.get(name),
      vendorId,
      productId,
      product: (await fact("product")) ?? KINDS.find(([pattern]) => pattern.test(name))?.[1],
      serialNumber: await fact("serial"),
      accessible: await accessible(node),
      group: owner && groups.get(owner.gid),
      usedBy: users.get(name) ?? [],
      console: consoles.includes(name),
      devices: behind(vendorId, productId),
    };
  });
  return (await Promise.all(ports)).filter((port) => port !== undefined);
}

function behind(vendorId: string | undefined, productId: string | undefined): string[] {
  const [vendor, product] = [vendorId?.toLowerCase(), productId?.toLowerCase()];
  return DEVICES.filter(({ usb }) => usb.some((id) => id.vendorId === vendor && id.productId === product)).map(
    ({ id }) => id,
  );
}

/** The USB device that a port such as `ttyUSB0` belongs to: ids in four small hexadecimal digits; undefined where it is of none. */
export async function usbDevice(
  name: string,
  root: string,
): Promise<{ vendorId: string; productId: string; serialNumber: string | undefined } | undefined> {
  const folder = await usbFolder(root, join(root, "sys/class/tty", name, "device"));
  if (folder === undefined) return undefined;
  const fact = (file: string): Promise<string | undefined> => text(join(folder, file));
  const [vendorId = "", productId = "", serialNumber] = await Promise.all(
    ["idVendor", "idProduct", "serial"].map(fact),
  );
  return { vendorId: vendorId.toLowerCase(), productId: productId.toLowerCase(), serialNumber };
}

/** The folder of the USB device that a port belongs to: the nearest one upwards that has an idVendor. */
async function usbFolder(root: string, device: string): Promise<string | undefined> {
  const top = join(await realpath(root), "sys/devices/");
  let folder = await realpath(device).catch(() => undefined);
  while (folder?.startsWith(top)) {
    if ((await text(join(folder, "idVendor"))) !== undefined) return folder;
    folder = dirname(folder);
  }
  return undefined;
}

/** Paths in /dev/serial/by-id by the name of the port they lead to. */
async function byIds(root: string): Promise<Map<string, string>> {
  const folder = join(root, "dev/serial/by-id");
  const links = await readdir(folder).catch(() => []);
  const named = await Promise.all(
    links.map(async (link) => [basename(await readlink(join(folder, link))), `/dev/serial/by-id/${link}`] as const),
  );
  return new Map(named);
}

async function groupNames(root: string): Promise<Map<number, string>> {
  const lines = ((await text(join(root, "etc/group"))) ?? "").split("\n").map((line) => line.split(":"));
  return new Map(lines.map(([name = "", , gid]) => [Number(gid), name]));
}

/** Programs that have one of these ports open. Only those of the own user can be seen, unless that is root. */
async function programs(root: string, names: readonly string[]): Promise<Map<string, string[]>> {
  const users = new Map<string, string[]>();
  const processes = (await readdir(join(root, "proc")).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const wanted = new Set(names);
  for (const id of processes) {
    const folder = join(root, "proc", id);
    const files = await readdir(join(folder, "fd")).catch(() => []);
    for (const file of files) {
      const target = await readlink(join(folder, "fd", file)).catch(() => "");
      const name = target.startsWith("/dev/") ? target.slice(5) : "";
      if (!wanted.has(name)) continue;
      const program = (await text(join(folder, "comm"))) ?? id;
      users.set(name, [...new Set([...(users.get(name) ?? []), program])]);
    }
  }
  return users;
}

async function otherPorts(): Promise<PortInfo[]> {
  const ports = await SerialPort.list();
  return Promise.all(
    ports.map(async ({ path, vendorId, productId, manufacturer, serialNumber }) => ({
      path,
      byId: undefined,
      vendorId,
      productId,
      product: manufacturer,
      serialNumber,
      accessible: await accessible(path),
      group: undefined,
      usedBy: [],
      console: false,
      devices: behind(vendorId, productId),
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
