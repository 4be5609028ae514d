import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import type { PortInfo } from "../../stream/ports.js";
import { PortLocator } from "./port-locator.js";
import { PortRegistry } from "./port-registry.js";
import { wantedSource } from "./wanted-source.js";

const folder = mkdtempSync(join(tmpdir(), "biox-ports-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is plugged in: serial number of a CP2102 by the name that it got. */
let plugged: Record<string, string | undefined> = {};
const node = (name: string): string => join(folder, name);
const list = async (): Promise<PortInfo[]> =>
  Object.entries(plugged).map(([name, serialNumber]) => ({
    path: node(name),
    byId: undefined,
    vendorId: "10C4",
    productId: "ea60",
    product: "CP2102",
    serialNumber,
    accessible: true,
    group: "dialout",
    usedBy: [],
    console: false,
    devices: [],
  }));
function plug(now: typeof plugged): PortRegistry {
  for (const name of ["ttyUSB0", "ttyUSB1"]) {
    rmSync(node(name), { force: true });
    if (name in now) writeFileSync(node(name), "");
  }
  plugged = now;
  return new PortRegistry(list);
}
beforeEach(() => void plug({}));

it("finds a USB device wherever it is plugged in, by its serial number", async () => {
  const registry = plug({ ttyUSB0: "A", ttyUSB1: "B" });
  const wanted = wantedSource("usb:10c4:EA60?serial=B&device=openview&baud=57600");
  expect(await new PortLocator("w", wanted, registry).locate()).toBe(node("ttyUSB1"));
  expect(wanted.at("/dev/x")).toBe("serial:/dev/x?device=openview&baud=57600");
  const absent = new PortLocator("v", wantedSource("usb:10c4:ea60?serial=C"), registry);
  expect(await absent.locate()).toBeUndefined();
  expect(absent.reason).toBe("USB device 10c4:ea60 with serial number C is not plugged in");
});

it("gives each wearer a port of its own", async () => {
  const registry = plug({ ttyUSB0: "A", ttyUSB1: "B" });
  const any = wantedSource("usb:10c4:ea60");
  const locators = ["v", "w", "x"].map((id) => new PortLocator(id, any, registry));
  const paths = [];
  for (const locator of locators) paths.push(await locator.locate());
  expect(paths).toEqual([node("ttyUSB0"), node("ttyUSB1"), undefined]);
  expect(locators[2]!.reason).toMatch(/is that of wearer v$/);
  symlinkSync(node("ttyUSB0"), node("link"));
  const same = new PortLocator("y", wantedSource(`serial:${node("link")}`), registry);
  expect(await same.locate()).toBeUndefined();
  expect(same.reason).toMatch(/is the port of wearer v$/);
  registry.release("v");
  expect(await same.locate()).toBe(node("link"));
  unlinkSync(node("link"));
});

it("does not have wearers wait for each other whose ports have changed names", async () => {
  const registry = plug({});
  const lead = (name: string, to: string): void => {
    rmSync(node(name), { force: true });
    symlinkSync(node(to), node(name));
  };
  for (const name of ["pts1", "pts2", "pts3"]) writeFileSync(node(name), "");
  const names = ["link1", "link2", "link3"];
  const locators = names.map((name) => new PortLocator(name, wantedSource(`serial:${node(name)}`), registry));
  const locate = async (): Promise<(string | undefined)[]> => {
    const paths = [];
    for (const locator of locators) paths.push(await locator.locate());
    return paths;
  };
  for (const [i, name] of names.entries()) lead(name, `pts${i + 1}`);
  expect(await locate()).toEqual(names.map(node));
  // Each now has the name that the next one had, and all look for theirs.
  for (const [i, name] of names.entries()) lead(name, `pts${((i + 1) % 3) + 1}`);
  await locate();
  expect(await locate()).toEqual(names.map(node));
  for (const name of [...names, "pts1", "pts2", "pts3"]) rmSync(node(name));
});

it("does not take another device for its own that got its name, and finds its own under another", async () => {
  let registry = plug({ ttyUSB0: "A" });
  const locator = new PortLocator("w", wantedSource(`serial:${node("ttyUSB0")}`), {
    ports: () => registry.ports(),
    real: (path: string) => registry.real(path),
    take: () => true,
    release: () => {},
  } as unknown as PortRegistry);
  expect(await locator.locate()).toBe(node("ttyUSB0"));
  registry = plug({ ttyUSB0: "B" });
  expect(await locator.locate()).toBeUndefined();
  expect(locator.reason).toBe(`another device is at ${node("ttyUSB0")}`);
  registry = plug({ ttyUSB0: "B", ttyUSB1: "A" });
  expect(await locator.locate()).toBe(node("ttyUSB1"));
  registry = plug({});
  expect(await locator.locate()).toBeUndefined();
  expect(locator.reason).toBe(`${node("ttyUSB0")} does not exist`);
});

it("takes a device without a serial number where it was, as long as it is of the same kind", async () => {
  let registry = plug({ ttyUSB0: undefined });
  const locator = new PortLocator("w", wantedSource(`serial:${node("ttyUSB0")}`), {
    ports: () => registry.ports(),
    real: (path: string) => registry.real(path),
    take: () => true,
    release: () => {},
  } as unknown as PortRegistry);
  expect(await locator.locate()).toBe(node("ttyUSB0"));
  registry = plug({ ttyUSB1: undefined });
  expect(await locator.locate()).toBeUndefined();
  registry = plug({ ttyUSB0: undefined, ttyUSB1: undefined });
  expect(await locator.locate()).toBe(node("ttyUSB0"));
});

it.each([
  "usb:",
  "usb:10c4",
  "usb:10c4:ea6",
  "usb:10c4:ea60?serial=",
  "usb:10c4:ea60?serial=A&serial=B",
  "usb:10c4:ea60?speed=3",
])("refuses %s", (uri) => {
  expect(() => wantedSource(uri)).toThrow(/^'|^Expected/);
});
