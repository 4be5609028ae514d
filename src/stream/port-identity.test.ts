import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../test/support/wait.js";
import { biox } from "../devices/biox/index.js";
import { portIdentity } from "./port-identity.js";
import { Relay } from "./relay.js";
import { SerialFeed } from "./serial-feed.js";

const root = mkdtempSync(join(tmpdir(), "biox-identity-"));
afterAll(() => rmSync(root, { recursive: true }));

function put(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

describe("portIdentity", () => {
  beforeEach(() => {
    rmSync(root, { recursive: true });
    put("dev/ttyUSB0", "");
    put("dev/ttyS1", "");
    mkdirSync(join(root, "dev/serial/by-id"), { recursive: true });
    symlinkSync("../../ttyUSB0", join(root, "dev/serial/by-id/usb-Adapter"));
    put("sys/devices/usb1/1-1/idVendor", "10C4\n");
    put("sys/devices/usb1/1-1/idProduct", "EA60\n");
    put("sys/devices/usb1/1-1/1-1:1.0/ttyUSB0/dev", "188:0\n");
    mkdirSync(join(root, "sys/class/tty/ttyUSB0"), { recursive: true });
    symlinkSync("../../../devices/usb1/1-1/1-1:1.0/ttyUSB0", join(root, "sys/class/tty/ttyUSB0/device"));
  });

  it("names a USB device by its ids and, where it has one, its serial number", async () => {
    expect(await portIdentity("/dev/ttyUSB0", root)).toBe("USB device 10c4:ea60");
    put("sys/devices/usb1/1-1/serial", "A7\n");
    expect(await portIdentity("/dev/ttyUSB0", root)).toBe("USB device 10c4:ea60 with serial number A7");
  });

  it("knows nothing of UARTs, of ports that are gone, and of links, which are a choice of their own", async () => {
    for (const path of ["/dev/ttyS1", "/dev/ttyUSB1", "/dev/serial/by-id/usb-Adapter"])
      expect(await portIdentity(path, root), path).toBeUndefined();
  });
});

const quiet = { opened: () => {}, bytes: () => {}, closed: () => {} };

describe("SerialFeed", () => {
  it("does not take over whatever gets the number of a terminal that is gone", async ({ onTestFinished }) => {
    let opened = 0;
    const relays = [await Relay.start(undefined, quiet)];
    onTestFinished(() => {
      for (const relay of relays) relay.stop();
    });
    const { path } = relays[0]!;
    const feed = new SerialFeed(path, biox);
    onTestFinished(() => feed.close());
    const told: (string | undefined)[] = [];
    const link = (state: string, reason: string | undefined) => void told.push(`${state}: ${reason}`);
    await feed.open({ message: () => {}, link, warning: () => {}, end: () => {} });
    relays[0]!.stop();
    await relays[0]!.exited;
    await until(() => told.length > 0, "the loss");
    expect(told).toEqual([`reconnecting: ${path} is gone`]);
    // The lowest number that is free is the next, unless another program was faster: then that one has it.
    const count = () => opened++;
    relays.push(await Relay.start(undefined, { ...quiet, opened: count, bytes: count }));
    await until(() => told.length > 1, "another device at the port");
    expect(told[1]).toMatch(
      new RegExp(
        `^reconnecting: at ${path} is another device now, pseudo-terminal of .*: pseudo-terminal of .* is waited for`,
      ),
    );
    expect(feed.report()).toMatchObject({ state: "reconnecting", reconnects: 0 });
    expect(opened).toBe(0);
    expect(told).toHaveLength(2);
  });
});
