import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus, fieldsOf, fromHex } from "../../../firmware-bridge/test/corpus.js";
import { encodeFrame, FrameFlag, FrameKind } from "../../framing/frame.js";
import type { DeviceMessage, SampleBlock } from "../types.js";
import { BioxDecoder } from "./decoder.js";
import { parseHello } from "./hello.js";
import { packMap, unpackMap } from "./messagepack.js";

type Kept = { type: "samples"; block: SampleBlock } | Exclude<DeviceMessage, { type: "samples" }>;

/** All messages in `wire`; blocks are copied, for they are valid only during the callback. */
function decode(wire: Uint8Array[], decoder = new BioxDecoder()): Kept[] {
  const messages: Kept[] = [];
  for (const chunk of wire)
    decoder.push(chunk, (message) => {
      if (message.type !== "samples") messages.push(message);
      else messages.push({ type: "samples", block: { ...message.block, values: message.block.values.slice() } });
    });
  return messages;
}

const ppg = { name: "ppg1", unit: "adc", scale: 2, offset: -1 };
const stream = { id: 1, name: "pulse", channels: [ppg], format: "i16", rate: 100, next: 0 };
const helloMap = { device: "d", firmware: "1", clockHz: 1_000_000, speed: 1, streams: [stream] };

function hello(map: Record<string, unknown> = helloMap): Uint8Array {
  return encodeFrame({ kind: FrameKind.hello, payload: packMap(map) });
}

function samples(index: number, values: number[], more = {}): Uint8Array {
  const payload = new Uint8Array(Int16Array.from(values).buffer);
  return encodeFrame({ kind: FrameKind.samples, stream: 1, count: values.length, index, payload, ...more });
}

function event(map: Record<string, unknown>): Uint8Array {
  return encodeFrame({ kind: FrameKind.event, payload: packMap(map) });
}

const bell = { ...ppg, name: "ppg1\u0007" };

function channels(count: number) {
  return Array.from({ length: count }, (_, i) => ({ ...ppg, name: `c${i}` }));
}

function streams(count: number) {
  return Array.from({ length: count }, (_, id) => ({ ...stream, id }));
}

describe("BioxDecoder", () => {
  it("gives physical values, numbers, clock and flags", () => {
    const flags = FrameFlag.restarted | FrameFlag.dropped;
    const [, message] = decode([hello(), samples(4294967295, [0, 1, -32768, 32767], { timeUs: 4294967290, flags })]);
    expect(message).toEqual({
      type: "samples",
      block: {
        stream: 1,
        index: 4294967295,
        timeUs: 4294967290,
        count: 4,
        values: Float64Array.of(-1, 1, -65537, 65533),
        restarted: true,
        clipped: false,
        dropped: true,
      },
    });
  });

  it("reads the corpus: a hello, samples of two channels, an event, a status, a reply", () => {
    const known = corpus.frames.filter((frame) => frame.kind !== FrameKind.command && frame.stream <= 1);
    const decoder = new BioxDecoder();
    const messages = decode(
      known.map((frame) => encodeFrame(fieldsOf(frame))),
      decoder,
    );
    const [first, second] = messages;
    expect(first).toMatchObject({ type: "hello", device: "max30102", firmware: "1.0" });
    expect(first).toHaveProperty("streams", [
      {
        id: 1,
        name: "ppg",
        channels: [
          { name: "red", unit: "adc", scale: 1, offset: 0 },
          { name: "ir", unit: "adc", scale: 0.5, offset: -3 },
        ],
        rate: 100,
        speed: 1,
        clock: "device",
        next: 400,
      },
    ]);
    const values = Float64Array.of(1, -3.5, 0, 125, 65536, -32771, 8388607, -4194307);
    expect(second).toMatchObject({ type: "samples", block: { index: 400, count: 4, values } });
    expect(messages).toContainEqual({ type: "event", name: "marker", data: { event: "marker", label: "walk" } });
    expect(messages).toContainEqual({ type: "status", data: {} });
    expect(messages).toContainEqual({ type: "reply", data: { cmd: "start", ok: true, seq: 300 } });
    expect(decoder.link.undescribed).toBe(1); // the frame of stream 0, which this hello does not name
  });

  it.each(corpus.samples)("reads $format", ({ format, payload, values, clipped }) => {
    const map = { ...helloMap, streams: [{ ...stream, channels: [{ ...ppg, scale: 1, offset: 0 }], format }] };
    const frame = encodeFrame({ kind: 1, stream: 1, count: values.length, payload: fromHex(payload) });
    const message = decode([hello(map), frame])[1] as { block: SampleBlock };
    const [low, high] = format === "i16" ? [-32768, 32767] : [-8388608, 8388607];
    const expected = clipped ? values.map((value) => Math.min(high, Math.max(low, value))) : values;
    expect(Array.from(message.block.values)).toEqual(expected);
  });

  it("keeps samples that come before their hello, and says where they begin", () => {
    const messages = decode([
      samples(10, [1]),
      samples(11, [2]),
      hello({ ...helloMap, streams: [{ ...stream, next: 12 }] }),
    ]);
    expect(messages.map((m) => (m.type === "samples" ? m.block.index : m.type))).toEqual(["hello", 10, 11]);
    expect(messages[0]).toHaveProperty("streams.0.next", 10);
  });

  it("keeps no more than 64 KB, and counts the rest", () => {
    const decoder = new BioxDecoder();
    const frames = Array.from({ length: 1000 }, (_, i) => samples(i, Array(50).fill(i)));
    const kept = Math.floor(65536 / 112); // header and 50 values
    const messages = decode([...frames, hello()], decoder);
    expect(messages).toHaveLength(1 + kept);
    expect(decoder.link.undescribed).toBe(1000 - kept);
  });

  it("counts what it cannot understand, and goes on", () => {
    const decoder = new BioxDecoder();
    const wrong = [
      samples(0, [1, 2], { stream: 9 }), // a stream that no hello names
      samples(0, [1, 2], { count: 3 }),
      samples(0, [], { count: 0 }),
      encodeFrame({ kind: FrameKind.event, payload: Uint8Array.of(0xc1) }),
      encodeFrame({ kind: FrameKind.command, payload: packMap({ cmd: "hello" }) }),
    ];
    const messages = decode([hello(), ...wrong, samples(5, [7])], decoder);
    expect(messages.map((m) => m.type)).toEqual(["hello", "samples"]);
    expect(decoder.link).toMatchObject({ undescribed: wrong.length, frames: wrong.length + 2, crcErrors: 0 });
  });

  it.each([
    ["no streams", { streams: [] }],
    ["a scale of 0", { streams: [{ ...stream, channels: [{ ...ppg, scale: 0 }] }] }],
    ["an unknown format", { streams: [{ ...stream, format: "u8" }] }],
    ["a rate that is no number", { streams: [{ ...stream, rate: Number.NaN }] }],
    ["one id twice", { streams: [stream, stream] }],
    ["one channel name twice", { streams: [{ ...stream, channels: [ppg, ppg] }] }],
    ["another clock", { clockHz: 32768 }],
    ["a speed of 0", { speed: 0 }],
    ["a speed too low", { speed: 0.0009 }],
    ["a speed too high", { speed: 1001 }],
    ["a rate too low", { streams: [{ ...stream, rate: 0.009 }] }],
    ["a rate too high", { streams: [{ ...stream, rate: 100_001 }] }],
    ["an infinite offset", { streams: [{ ...stream, channels: [{ ...ppg, offset: Number.POSITIVE_INFINITY }] }] }],
    ["an infinite scale", { streams: [{ ...stream, channels: [{ ...ppg, scale: Number.NEGATIVE_INFINITY }] }] }],
    ["no channels", { streams: [{ ...stream, channels: [] }] }],
    ["65 channels", { streams: [{ ...stream, channels: channels(65) }] }],
    ["33 streams", { streams: streams(33) }],
    ["a million and one values a second", { streams: streams(11).map((entry) => ({ ...entry, rate: 90_910 })) }],
    ["a name of control characters alone", { streams: [{ ...stream, name: "\u001b\u0007" }] }],
    ["names that differ in control characters alone", { streams: [{ ...stream, channels: [ppg, bell] }] }],
  ])("refuses a hello with %s", (_, wrong) => {
    expect(parseHello(unpackMap(packMap({ ...helloMap, ...wrong }))!)).toBeUndefined();
  });

  it("counts a hello that it refuses, and keeps the one before", () => {
    const decoder = new BioxDecoder();
    const messages = decode([hello(), hello({ ...helloMap, speed: 0 }), samples(0, [3])], decoder);
    expect(messages.map((m) => m.type)).toEqual(["hello", "samples"]);
    expect(decoder.link.undescribed).toBe(1);
  });

  it.each([
    ["the lowest rate and speed", { speed: 0.001, streams: [{ ...stream, rate: 0.01 }] }],
    ["the highest rate and speed", { speed: 1000, streams: [{ ...stream, rate: 100_000 }] }],
    ["64 channels", { streams: [{ ...stream, channels: channels(64) }] }],
    ["32 streams", { streams: streams(32) }],
    ["a million values a second", { streams: streams(10).map((entry) => ({ ...entry, rate: 100_000 })) }],
  ])("takes a hello with %s", (_, map) => {
    expect(parseHello({ ...helloMap, ...map })).toBeDefined();
  });

  it("gives names that can only be read", () => {
    const channels = [{ ...ppg, name: "\u001b[31mred\u202e", unit: "m\u009bV" }];
    const named = {
      device: "\u001b]0;title\u0007",
      firmware: "1\n2",
      streams: [{ ...stream, name: "x".repeat(65), channels }],
    };
    expect(decode([hello({ ...helloMap, ...named })])).toMatchObject([
      {
        device: "]0;title",
        firmware: "12",
        streams: [{ name: "x".repeat(64), channels: [{ name: "[31mred", unit: "mV" }] }],
      },
    ]);
    expect(decode([event({ event: "mark\u001b[2J" }), event({ event: "\u0007" }), event({ label: 1 })])).toMatchObject([
      { type: "event", name: "mark[2J" },
      { type: "event", name: "event" },
      { type: "event", name: "event" },
    ]);
  });

  it.each<[string, unknown, object[]]>([
    [
      "well-formed entries",
      [
        { id: 1, samples: 7 },
        { id: 2, samples: 2n ** 40n },
      ],
      [
        { id: 1, samples: 7 },
        { id: 2, samples: 2 ** 40 },
      ],
    ],
    ["nothing where there is no list", { id: 1, samples: 7 }, []],
    ["nothing where it is null", null, []],
    [
      "no entry that is malformed",
      [null, 7, "x", [], {}, { id: 1 }, { id: 1, samples: 1.5 }, { id: 1, samples: -1 }, { id: 256, samples: 1 }]
        .concat({ id: 1, samples: "7" } as never, { id: 1, samples: 2n ** 60n } as never)
        .concat({ id: 3, samples: 0, more: "ignored" } as never),
      [{ id: 3, samples: 0 }],
    ],
  ])("tells the end with %s", (_, streams, expected) => {
    expect(decode([event({ event: "end", streams })])).toEqual([{ type: "end", streams: expected }]);
  });

  it("knows nothing of before after a reset", () => {
    const decoder = new BioxDecoder();
    decode([hello(), samples(0, [1])], decoder);
    decoder.reset();
    expect(decoder.link).toEqual({
      ...{ bytes: 0, frames: 0, crcErrors: 0, framingErrors: 0, oversize: 0, resyncs: 0, undescribed: 0 },
    });
    expect(decode([samples(1, [1])], decoder)).toEqual([]);
    decoder.reset();
    decode([samples(2, [1])], decoder);
    expect(decode([hello()], decoder)).toMatchObject([{ type: "hello" }, { block: { index: 2 } }]);
  });

  it("never throws, whatever a frame holds", () => {
    const frame = fc.record({
      kind: fc.constantFrom(0, 1, 2, 3, 4, 5) as fc.Arbitrary<FrameKind>,
      stream: fc.constantFrom(1, 2),
      count: fc.nat(255),
      payload: fc.uint8Array({ maxLength: 100 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 10 }), (frames) => {
        const decoder = new BioxDecoder();
        decode([hello(), ...frames.map(encodeFrame)], decoder);
        expect(decoder.link.frames).toBe(frames.length + 1);
      }),
    );
  });
});
