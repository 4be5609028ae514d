import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { DeviceMessage } from "../devices/types.js";
import { CsvFeed } from "./csv-feed.js";
import type { FeedHandlers } from "./feed.js";

const folder = mkdtempSync(join(tmpdir(), "biox-csv-feed-"));
afterAll(() => rmSync(folder, { recursive: true }));

function handlers(message: (message: DeviceMessage) => void, end: FeedHandlers["end"]): FeedHandlers {
  return { message, link: () => {}, warning: () => {}, end };
}

describe("CsvFeed", () => {
  it("describes itself, then plays every row once, in order", async () => {
    const path = join(folder, "ramp.csv");
    writeFileSync(path, `ppg\n${Array.from({ length: 1003 }, (_, i) => i).join("\n")}\n`);
    const feed = new CsvFeed(path, ["ppg"], 100, 1000);
    const heard: string[] = [];
    const values: number[] = [];
    await new Promise<void>((resolve, reject) => {
      const take = (message: DeviceMessage): void => {
        heard.push(message.type);
        if (message.type !== "samples") return;
        const { index, count, values: block } = message.block;
        expect(index).toBe(values.length);
        values.push(...block.subarray(0, count));
      };
      feed.open(handlers(take, () => resolve())).catch(reject);
    });
    await feed.close();
    expect(heard[0]).toBe("hello");
    expect(heard.filter((type) => type === "hello")).toHaveLength(1);
    expect(values).toEqual(Array.from({ length: 1003 }, (_, i) => i));
  });

  it("stops reading a long table when it is closed, and delivers nothing then", async () => {
    const path = join(folder, "long.csv");
    writeFileSync(path, `ppg\n${"1.25\n".repeat(2_000_000)}`);
    const feed = new CsvFeed(path, ["ppg"], 100, 1);
    const heard: unknown[] = [];
    const opening = feed.open(
      handlers(
        (message) => heard.push(message),
        () => heard.push("end"),
      ),
    );
    // No machine has read two million rows in so short a time; one that reads on to the end does not reject.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await feed.close();
    await expect(opening).rejects.toMatchObject({ name: "AbortError" });
    expect(heard).toEqual([]);
  });
});
