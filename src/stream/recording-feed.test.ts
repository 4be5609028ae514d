import { writeFileSync } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { packMap } from "../devices/biox/messagepack.js";
import { encodeFrame, FrameKind } from "../framing/frame.js";
import type { FeedHandlers } from "./feed.js";
import { RecordingWriter } from "./recording.js";
import { RecordingFeed } from "./recording-feed.js";

const STARTED = 1.7e12;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biox-recording-feed-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const stream = {
  id: 1,
  name: "pulse",
  channels: [{ name: "ppg", unit: "adc", scale: 1, offset: 0 }],
  format: "i16",
  rate: 100,
  next: 0,
};
const hello = encodeFrame({
  kind: FrameKind.hello,
  payload: packMap({ device: "d", firmware: "1", clockHz: 1_000_000, speed: 1, streams: [stream] }),
});
const sample = (index: number): Uint8Array =>
  encodeFrame({ kind: FrameKind.samples, stream: 1, count: 1, index, payload: Uint8Array.of(index, 0) });

let files = 0;
async function recorded(...records: [afterMs: number, bytes: Uint8Array][]): Promise<string> {
  const path = join(folder, `${++files}.bioxrec`);
  const writer = await RecordingWriter.create(path, {
    device: "biox",
    options: {},
    baud: 115200,
    port: "p",
    started: STARTED,
  });
  for (const [after, bytes] of records) writer.write(bytes, STARTED + after);
  await writer.close();
  return path;
}

/** Opens a feed and notes what it delivers. */
async function listen(feed: RecordingFeed) {
  const heard: [what: string | number, afterMs: number][] = [];
  let note: (message: string | number) => void = () => {};
  let end: FeedHandlers["end"] = () => {};
  const ended = new Promise<Error | undefined>((resolve) => {
    end = resolve;
  });
  await feed.open({
    message: (message, arrival, received) => {
      expect(Math.abs(received - Date.now())).toBeLessThan(1000);
      const what = message.type === "samples" ? message.block.values[0]! : message.type;
      heard.push([what, arrival - STARTED]);
      note(what);
    },
    link: () => {},
    warning: () => {},
    end,
  });
  return { heard, ended, onMessage: (f: typeof note) => (note = f) };
}

describe("RecordingFeed", () => {
  it("plays what was recorded with the arrivals of then, at the speed asked for", async () => {
    const path = await recorded([7, hello], [7, sample(0)], [20_007, sample(1)]);
    const begin = performance.now();
    const feed = new RecordingFeed(path, 100);
    const { heard, ended } = await listen(feed);
    expect(await ended).toBeUndefined();
    // 20 s at a hundred times the speed: never sooner, and far from as long as it was.
    expect(performance.now() - begin).toBeGreaterThan(190);
    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(heard).toEqual([
      ["hello", 7],
      [0, 7],
      [1, 20_007],
    ]);
    await feed.close();
  });

  it("refuses a rate, which the recording knows", async () => {
    const path = await recorded([0, hello]);
    await expect(listen(new RecordingFeed(path, 1, 25))).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringContaining("rate=25 was given"),
    });
  });

  it.each([
    ["is empty", async () => recorded()],
    ["ends before its hello", async () => recorded([0, sample(0)], [1, sample(1)], [2, hello.subarray(0, 40)])],
  ])("says so where a recording %s", async (_, make) => {
    const feed = new RecordingFeed(await make(), 1);
    const { ended } = await listen(feed);
    expect(await ended).toMatchObject({
      code: "FILE_INVALID",
      message: expect.stringContaining("ends before the device described itself"),
    });
    await feed.close();
  });

  it("refuses a file that is cut within its first letters", async () => {
    const path = join(folder, "start.bioxrec");
    writeFileSync(path, "BIOX");
    await expect(listen(new RecordingFeed(path, 1))).rejects.toMatchObject({ code: "FILE_INVALID" });
  });

  it("does not wait for an arrival that damage has moved away", async () => {
    const path = await recorded([0, hello], [0, sample(0)], [1e15, sample(1)], [40, sample(2)]);
    const feed = new RecordingFeed(path, 1);
    const { heard, ended } = await listen(feed);
    expect(await ended).toBeUndefined();
    expect(heard.map(([what]) => what)).toEqual(["hello", 0]);
    await feed.close();
  });

  it("delivers nothing after it is closed, not even the rest of a piece", async () => {
    const path = await recorded([0, Buffer.concat([hello, sample(0), sample(1)])], [10, sample(2)]);
    const feed = new RecordingFeed(path, 1);
    const { heard, ended, onMessage } = await listen(feed);
    let closing: Promise<void> | undefined;
    onMessage((what) => {
      if (what === 0) closing = feed.close();
    });
    await vi.waitFor(() => expect(closing).toBeDefined(), 30_000);
    await closing;
    expect(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 60, "silent"))])).toBe("silent");
    expect(heard.map(([what]) => what)).toEqual(["hello", 0]);
    expect(feed.report()).toMatchObject({ state: "closed" });
  });

  it("ends with the reason where the disk fails on the way", async () => {
    const path = await recorded([0, hello], [1, new Uint8Array(100_000)]);
    const file = await open(folder);
    const handles: FileHandle = Object.getPrototypeOf(file);
    await file.close();
    const feed = new RecordingFeed(path, 1);
    const { ended, onMessage } = await listen(feed);
    onMessage(() => {
      vi.spyOn(handles, "read").mockRejectedValue(Object.assign(new Error("EIO"), { code: "EIO" }));
    });
    expect(await ended).toMatchObject({ code: "FILE_UNREADABLE", message: expect.stringContaining("EIO") });
    await feed.close();
  });
});
