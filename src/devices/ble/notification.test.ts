import fc from "fast-check";
import { Packr } from "msgpackr";
import { expect, it } from "vitest";
import { HEADER_BYTES } from "../../framing/frame.js";
import { NotificationReader } from "./notification.js";

const framed = (payload: Uint8Array): Uint8Array => Buffer.concat([new Uint8Array(HEADER_BYTES), payload]);
const text = (value: string): number[] => [0xa0 | value.length, ...Buffer.from(value)];
const VALUE = [0, 72, 255];

it.each([
  ["as a C bridge writes it", [0x82, ...text("uuid"), ...text("2A37"), ...text("value"), 0xc4, 3, ...VALUE]],
  [
    "the other way round",
    [0x82, ...text("value"), 0xc5, 0, 3, ...VALUE, ...text("uuid"), 0xd9, 4, ...Buffer.from("2a37")],
  ],
  ["with numbers for bytes", [0x82, ...text("uuid"), ...text("2a37"), ...text("value"), 0x93, 0, 72, 0xcc, 255]],
  [
    "with more in it",
    [0x83, ...text("uuid"), ...text("2a37"), ...text("rssi"), 0xc0, ...text("value"), 0xc4, 3, ...VALUE],
  ],
  [
    "in the long form",
    [0xde, 0, 2, ...text("uuid"), 0xda, 0, 4, ...Buffer.from("2a37"), ...text("value"), 0xc4, 3, ...VALUE],
  ],
])("reads a notification %s", (_, payload) => {
  const reader = new NotificationReader();
  expect(reader.read(framed(Uint8Array.from(payload)))).toBe(true);
  expect([reader.uuid, ...reader.value]).toEqual(["2a37", ...VALUE]);
});

it("reads what any packer writes, whatever came before", () => {
  const reader = new NotificationReader();
  const packers = [new Packr({ useRecords: false }), new Packr({ useRecords: false, variableMapSize: true })];
  const uuid = fc.oneof(fc.constantFrom("2a37", "2a5f"), fc.uuid(), fc.string({ maxLength: 40 }));
  fc.assert(
    fc.property(
      uuid,
      fc.uint8Array({ maxLength: 600 }),
      fc.constantFrom(...packers),
      fc.boolean(),
      (id, value, packer, turn) => {
        const map = turn ? { value, uuid: id } : { uuid: id, value };
        expect(reader.read(framed(packer.pack(map)))).toBe(true);
        expect(reader.uuid).toBe(id.toLowerCase());
        expect(Array.from(reader.value)).toEqual(Array.from(value));
      },
    ),
  );
});

it("refuses what is no notification, and whatever is cut off or has more behind it", () => {
  const reader = new NotificationReader();
  const whole = Uint8Array.from([0x82, ...text("uuid"), ...text("2a37"), ...text("value"), 0xc4, 3, ...VALUE]);
  for (let length = 0; length < whole.length; length++)
    expect(reader.read(framed(whole.subarray(0, length))), `${length} bytes`).toBe(false);
  expect(reader.read(framed(Uint8Array.of(...whole, 0)))).toBe(false);
  for (const value of [[0x93, 0, 72, 0xcd, 1, 0], [0xa1, 65], [0xc0]])
    expect(reader.read(framed(Uint8Array.of(0x82, ...text("uuid"), ...text("2a37"), ...text("value"), ...value)))).toBe(
      false,
    );
  expect(reader.read(framed(Uint8Array.of(0x82, ...text("uuid"), 7, ...text("value"), 0xc4, 0)))).toBe(false);
});
