import { describe, expect, it } from "vitest";
import { CobsFramer } from "../framing/cobs-frame.js";
import { DEVICES, findDevice } from "./registry.js";

describe("findDevice", () => {
  it("finds every device by its id, and ids are unique", () => {
    for (const device of DEVICES) expect(findDevice(device.id)).toBe(device);
    expect(new Set(DEVICES.map((device) => device.id)).size).toBe(DEVICES.length);
  });

  it("lists the known ids when there is none", () => {
    expect(() => findDevice("boix")).toThrow(
      expect.objectContaining({ code: "DEVICE_UNKNOWN", hint: expect.stringContaining("biox") }),
    );
  });

  it("gives USB ids as the system writes them", () => {
    for (const { usb } of DEVICES)
      for (const id of usb) expect(`${id.vendorId}:${id.productId}`).toMatch(/^[0-9a-f]{4}:[0-9a-f]{4}$/);
  });
});

describe("biox commands", () => {
  it("are whole frames with one delimiter before them", () => {
    const commands = findDevice("biox").commands();
    for (const bytes of [commands.hello, commands.start, commands.stop]) {
      const kinds: number[] = [];
      new CobsFramer().push(bytes!, (frame) => kinds.push(frame[0]!));
      expect(bytes![0]).toBe(0);
      expect(kinds).toEqual([0x14]);
    }
  });
});
