import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listPorts } from "./ports.js";

const root = mkdtempSync(join(tmpdir(), "biox-ports-"));
afterAll(() => rmSync(root, { recursive: true }));

function put(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function link(target: string, path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}

/** A gateway with a USB adapter, a board of its own USB, UARTs and a Bluetooth link. */
function machine(): void {
  const adapter = "sys/devices/platform/usb1/1-1";
  put(`${adapter}/idVendor`, "10C4\n");
  put(`${adapter}/idProduct`, "EA60\n");
  put(`${adapter}/product`, "CP2102 USB to UART Bridge Controller\n");
  put(`${adapter}/serial`, "0001\n");
  put(`${adapter}/1-1:1.0/ttyUSB0/dev`, "188:0\n");
  link(`../../../devices/platform/usb1/1-1/1-1:1.0/ttyUSB0`, "sys/class/tty/ttyUSB0/device");
  put("dev/ttyUSB0", "");
  link("../../ttyUSB0", "dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0");
  for (const [name, type] of [
    ["ttyS0", "0"],
    ["ttyS1", "4"],
    ["ttyAMA0", "32"],
    ["ttyTHS1", "20"],
    ["rfcomm0", "0"],
    ["tty1", "0"],
  ] as const) {
    put(`sys/class/tty/${name}/type`, `${type}\n`);
    put(`dev/${name}`, "");
  }
  put("sys/class/tty/console/active", "tty0 ttyAMA0\n");
  put("etc/group", `root:x:0:\nmygroup:x:${process.getgid!()}:me\n`);
  put("proc/1/comm", "systemd\n");
  put("proc/77/comm", "minicom\n");
  link("/dev/ttyTHS1", "proc/77/fd/3");
  link("/dev/null", "proc/77/fd/0");
}

describe("listPorts on Linux", () => {
  machine();

  it("lists what may have a device behind it, and no name that the kernel only keeps", async () => {
    const ports = await listPorts(root);
    expect(ports.map((port) => port.path)).toEqual([
      "/dev/rfcomm0",
      "/dev/ttyAMA0",
      "/dev/ttyS1",
      "/dev/ttyTHS1",
      "/dev/ttyUSB0",
    ]);
  });

  it("tells of USB, and of devices that are found behind that chip", async () => {
    const port = (await listPorts(root)).find(({ path }) => path === "/dev/ttyUSB0");
    expect(port).toMatchObject({
      byId: "/dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0",
      vendorId: "10C4",
      productId: "EA60",
      product: "CP2102 USB to UART Bridge Controller",
      serialNumber: "0001",
      accessible: true,
      group: "mygroup",
      usedBy: [],
      console: false,
    });
    expect(port!.devices).toContain("biox");
  });

  it("says which program has a port open, and where the kernel's console is", async () => {
    const ports = new Map((await listPorts(root)).map((port) => [port.path, port]));
    expect(ports.get("/dev/ttyTHS1")).toMatchObject({ usedBy: ["minicom"], product: "UART of the board (Tegra)" });
    expect(ports.get("/dev/ttyAMA0")).toMatchObject({ console: true, devices: [] });
    expect(ports.get("/dev/rfcomm0")).toMatchObject({ product: "Bluetooth", vendorId: undefined });
  });

  it("finds none on a machine that has none", async () => {
    expect(await listPorts(join(root, "etc"))).toEqual([]);
  });
});
