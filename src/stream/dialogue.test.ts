import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DeviceCommands } from "../devices/types.js";
import { Dialogue } from "./dialogue.js";

const [HELLO, START, KEEP] = ["?", "s", "k"].map((text) => new TextEncoder().encode(text));

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function begin(commands: DeviceCommands) {
  const link = { said: "" };
  const dialogue = new Dialogue(commands, (bytes) => {
    link.said += new TextDecoder().decode(bytes);
  });
  dialogue.begin();
  return { dialogue, link };
}

describe("Dialogue", () => {
  it("asks until it is answered, then starts once", () => {
    const { dialogue, link } = begin({ hello: HELLO!, start: START! });
    expect(link.said).toBe("?");
    vi.advanceTimersByTime(1000);
    expect(link.said).toBe("????");
    dialogue.hello();
    dialogue.hello();
    vi.advanceTimersByTime(20_000);
    expect(link.said).toBe("????s");
  });

  it("sets a device up one command at a time before it starts it", () => {
    const setup = { steps: [KEEP!, KEEP!], everyMs: 100 };
    const { dialogue, link } = begin({ hello: HELLO!, setup, start: START! });
    dialogue.hello();
    expect(link.said).toBe("?k");
    vi.advanceTimersByTime(99);
    expect(link.said).toBe("?k");
    vi.advanceTimersByTime(1);
    expect(link.said).toBe("?kk");
    vi.advanceTimersByTime(20_000);
    expect(link.said).toBe("?kks");
  });

  it("asks and starts a device anew that has stalled, less and less often, and never once it streams", () => {
    const { dialogue, link } = begin({ hello: HELLO!, setup: { steps: [KEEP!], everyMs: 100 }, start: START! });
    let asked = 0;
    const stalled = (): boolean => dialogue.stalled(() => asked++);
    expect(stalled()).toBe(false);
    dialogue.hello();
    vi.advanceTimersByTime(100);
    link.said = "";
    expect(stalled()).toBe(true);
    vi.advanceTimersByTime(4999);
    expect([link.said, asked]).toEqual(["?ks", 1]);
    vi.advanceTimersByTime(10_000);
    expect([link.said, asked]).toEqual(["?ks?ks", 2]);
    vi.advanceTimersByTime(600_000);
    expect(asked).toBe(13);
    link.said = "";
    dialogue.sounds();
    vi.advanceTimersByTime(600_000);
    expect([link.said, asked]).toEqual(["", 13]);
  });

  it("stops asking amid its words when samples come", () => {
    const { dialogue, link } = begin({ hello: HELLO!, start: START! });
    dialogue.hello();
    link.said = "";
    dialogue.stalled(() => {});
    dialogue.sounds();
    vi.advanceTimersByTime(600_000);
    expect(link.said).toBe("?");
  });

  it("leaves a device alone that was closed amid its setup", () => {
    const { dialogue, link } = begin({ hello: HELLO!, setup: { steps: [KEEP!], everyMs: 100 }, start: START! });
    dialogue.hello();
    dialogue.end();
    vi.advanceTimersByTime(20_000);
    expect(link.said).toBe("?k");
  });

  it("starts a device that cannot be asked until its frames come, and anew when it falls silent", () => {
    const { dialogue, link } = begin({ start: START! });
    vi.advanceTimersByTime(2500);
    expect(link.said).toBe("sss");
    dialogue.hello();
    vi.advanceTimersByTime(600_000);
    expect(link.said).toBe("sss");
    let asked = 0;
    expect(dialogue.stalled(() => asked++)).toBe(true);
    expect([link.said, asked]).toEqual(["ssss", 1]);
    vi.advanceTimersByTime(15_000);
    expect([link.said, asked]).toEqual(["ssssss", 3]);
    dialogue.sounds();
    vi.advanceTimersByTime(600_000);
    expect([link.said, asked]).toEqual(["ssssss", 3]);
  });

  it("has nothing to say to a device that stalled and sends by itself", () => {
    const { dialogue, link } = begin({});
    dialogue.hello();
    expect(dialogue.stalled(() => {})).toBe(false);
    vi.advanceTimersByTime(600_000);
    expect(link.said).toBe("");
  });

  it("keeps a device alive until the end, and says nothing after it", () => {
    const { dialogue, link } = begin({ start: START!, keepAlive: { bytes: KEEP!, everyMs: 15_000 } });
    dialogue.hello();
    vi.advanceTimersByTime(46_000);
    expect(link.said).toBe("skkk");
    dialogue.end();
    vi.advanceTimersByTime(60_000);
    expect(link.said).toBe("skkk");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("says nothing to a device that only listens to itself", () => {
    const { link } = begin({});
    vi.advanceTimersByTime(60_000);
    expect(link.said).toBe("");
  });
});
