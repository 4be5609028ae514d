import { describe, expect, it } from "vitest";
import { fromHex } from "../../../firmware-bridge/test/corpus.js";
import { Heard, type Random, seeded, testDecoder, testEmulator, type WireFrame, whole } from "../testing/index.js";
import { bitalino } from "./index.js";

/** Remainder of the bits followed by four zeros, divided by x^4 + x + 1: the CRC by hand. */
function remainder(bits: string): number {
  let rest = 0;
  for (const bit of `${bits}0000`) {
    rest = rest * 2 + Number(bit);
    if (rest >= 16) rest ^= 0b10011;
  }
  return rest;
}

/** A frame as one row of bits, last byte first: independent of the decoder's and emulator's arithmetic. */
function frame(counter: number, digital: number, values: readonly number[]): Uint8Array {
  const binary = (value: number, width: number) => value.toString(2).padStart(width, "0");
  const channels = values.map((value, i) => binary(value, i < 4 ? 10 : 6)).join("");
  const bytes = [3, 4, 6, 7, 8, 8][values.length - 1]!;
  const bits = (crc: number) =>
    (binary(counter, 4) + binary(crc, 4) + binary(digital, 4) + channels).padEnd(bytes * 8, "0");
  const wire = (crc: number) => bits(crc).match(/.{8}/g)!.toReversed();
  const crc = remainder(wire(0).join("").slice(0, -4));
  return Uint8Array.from(wire(crc), (byte) => Number.parseInt(byte, 2));
}

function frames(channels: number, count: number, random: Random): WireFrame[] {
  return Array.from({ length: count }, (_, n) => {
    const values = Array.from({ length: channels }, (_, i) => whole(random, 0, i < 4 ? 1023 : 63));
    return { bytes: frame(n % 16, whole(random, 0, 15), values), samples: [{ stream: 0, values }] };
  });
}

function join(sent: readonly WireFrame[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(sent.map((one) => one.bytes)));
}

for (const channels of ["3", "1,2", "1,3,5", "1,2,3,4", "1,2,4,5,6", "1,2,3,4,5,6"]) {
  const count = channels.split(",").length;
  testDecoder(`bitalino on the wire, channels ${channels}`, {
    device: bitalino,
    options: { channels },
    frames: (n, random) => frames(count, n, random),
    checked: false, // 4 bits
    counted: true,
    damage: 4,
    lock: 3,
  });
}

for (const options of [{}, { channels: "2,5", rate: "100" }, { channels: "6", rate: "10", mode: "simulated" }])
  testEmulator(`emulated bitalino ${JSON.stringify(options)}`, {
    device: bitalino,
    options,
    signal: (_, channel, n) => (n * (channel + 1)) % 64,
    seconds: 8,
  });

describe("bitalino", () => {
  it("reads the known frame of six channels, and its digital lines", () => {
    const known = "957ac0ff0205a856";
    const values = [513, 258, 1023, 7, 0x2a, 0x15];
    expect(Buffer.from(frame(5, 0b1010, values)).toString("hex")).toBe(known);
    // Three more, for the lock: counters 6, 7, 8.
    const wire = [fromHex(known), ...[6, 7, 8].map((counter) => frame(counter, 0b1010, values))];
    const heard = new Heard(bitalino.createDecoder()).push(Uint8Array.from(Buffer.concat(wire)));
    expect(heard.samples.map((sample) => sample.values)).toEqual(Array(4).fill(values));
    expect(heard.events).toEqual([{ name: "digital", data: { sample: 0, i1: true, i2: false, o1: true, o2: false } }]);
  });

  it.each([
    ["1", "04a855", [513]],
    ["1,2", "0205a850", [513, 258]],
    ["1,2,3", "c0ff0205a857", [513, 258, 1023]],
    ["1,2,3,4", "70c0ff0205a853", [513, 258, 1023, 7]],
    ["1,2,3,4,5", "807ac0ff0205a854", [513, 258, 1023, 7, 0x2a]],
  ])("reads the known frame of channels %s", (channels, hex, values) => {
    const next = [6, 7, 8].map((counter) => frame(counter, 0b1010, values));
    const wire = Uint8Array.from(Buffer.concat([fromHex(hex), ...next]));
    const heard = new Heard(bitalino.createDecoder({ channels })).push(wire);
    expect(heard.samples[0]?.values).toEqual(values);
    expect(heard.streams[0]!.channels.map(({ name }) => name)).toEqual(channels.split(",").map((n) => `a${n}`));
  });

  it("says its version in the hello, wherever the answer is cut, without an error", () => {
    const answer = new TextEncoder().encode("BITalino_v5.1\n");
    const wire = Uint8Array.from([...answer, ...join(frames(6, 8, seeded(1)))]);
    for (let cut = 1; cut < wire.length; cut++) {
      const heard = new Heard(bitalino.createDecoder()).push(wire, [cut]);
      expect(heard.hellos.map(({ firmware }) => firmware)).toEqual(["v5.1"]);
      expect(heard.samples).toHaveLength(8);
      expect(heard.link).toMatchObject({ bytes: wire.length, frames: 8, crcErrors: 0, framingErrors: 0 });
    }
  });

  it("finds no frame in noise", () => {
    const random = seeded(3);
    for (const channels of ["1", "1,2,3,4,5,6"]) {
      const heard = new Heard(bitalino.createDecoder({ channels }));
      heard.push(Uint8Array.from({ length: 50_000 }, () => whole(random, 0, 255)));
      expect(heard.hellos).toEqual([]);
      expect(heard.link).toMatchObject({ bytes: 50_000, frames: 0, crcErrors: 1 });
    }
  });

  it("counts losses beyond its counter by the bytes that were skipped", () => {
    const sent = frames(6, 200, seeded(2));
    const wire = join(sent);
    wire.fill(0x55, 8 * 50, 8 * 97);
    const heard = new Heard(bitalino.createDecoder()).push(wire);
    expect(heard.samples.map(({ n }) => n)).toEqual(
      Array.from({ length: 200 }, (_, n) => n).filter((n) => n < 50 || n > 96),
    );
  });

  it("asks with the commands of the data sheet", () => {
    const commands = (options: Record<string, string>) => {
      const { hello, start, stop } = bitalino.commands(options);
      return [hello, start, stop].map((bytes) => Buffer.from(bytes!).toString("hex"));
    };
    expect(commands({})).toEqual(["ff07", "c3fd", "00"]);
    expect(commands({ channels: "1,3", rate: "10" })).toEqual(["ff07", "4315", "00"]);
    expect(commands({ channels: "6", rate: "100", mode: "simulated" })).toEqual(["ff07", "8382", "00"]);
  });

  it("refuses channels that it does not have", () => {
    for (const channels of ["", "0", "7", "2,1", "1,1", "1;2", "a1", "1,2,"])
      expect(() => bitalino.createDecoder({ channels })).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(`'${channels}'`) }),
      );
  });

  it("ends a session that was left running before it asks", () => {
    const emulator = bitalino.createEmulator!(() => 1);
    const { hello, start } = bitalino.commands();
    emulator.receive(start!);
    expect(emulator.advance(100).length).toBeGreaterThan(0);
    expect(new TextDecoder().decode(emulator.receive(hello!))).toBe("BITalino_v5.1\n");
    expect(emulator.advance(100)).toHaveLength(0);
  });
});
