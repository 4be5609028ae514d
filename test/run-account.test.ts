/** What a run makes of the very first samples, and of streams that it does not read. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSource, type SampleEvent } from "biox-edge";
import { afterAll, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Relay } from "../src/stream/relay.js";
import { Biox } from "./support/biox.js";
import { FaultyDevice } from "./support/faulty-device.js";
import { BIOX, CMS50, type Wire } from "./support/wires.js";

const folder = mkdtempSync(join(tmpdir(), "biox-account-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("hears samples and gaps that come in the same bytes as the hello", async () => {
  const frame = (index: number) => BIOX.frame(index, index * 10_000, [index, index + 1, index + 2, index + 3]);
  const link = join(folder, "prompt");
  let answered = false;
  const relay = await Relay.start(link, {
    opened: () => {},
    bytes: () => {
      if (!answered) relay.write(Buffer.concat([BIOX.hello!(0), frame(4), frame(8), frame(16)]));
      answered = true;
    },
    closed: () => {},
  });
  const source = await openSource(`serial:${link}`);
  const gaps: [number, number][] = [];
  source.on("gap", ({ at, samples }) => gaps.push([at, samples]));
  const heard: SampleEvent[] = [];
  for await (const event of source.samples()) if (heard.push(event) === 3) break;
  expect(heard.map(({ index, values }) => [index, [...values]])).toEqual([
    [4, [4, 5, 6, 7]],
    [8, [8, 9, 10, 11]],
    [16, [16, 17, 18, 19]],
  ]);
  expect(gaps).toEqual([
    [0, 4],
    [12, 4],
  ]);
  await source.close();
  relay.stop();
  await relay.exited;
});

it("counts losses of the streams that it reads, and others apart", async () => {
  const bundle = join(folder, "pleth");
  await buildTinyBundle(bundle, { rate: 60, seconds: 1, hop: 0.5, channels: ["pleth"] });
  // SpO2 127: "not valid yet", while the waveform is.
  const searching: Wire = { ...CMS50, frame: (...sample) => CMS50.frame(...sample).with(4, 127) };
  const device = await FaultyDevice.plugIn(join(folder, "searching"), searching);
  const run = new Biox(["run", bundle, "--from", device.uri, "--json"]);
  await run.line(({ type }) => type === "prediction");
  const { code, lines } = await run.stop();
  await device.end();
  expect(code).toBe(0);
  const summary = lines.at(-1);
  expect(summary).toMatchObject({ lost: 0, restarts: 0 });
  expect(summary.samples).toBeGreaterThanOrEqual(60);
  // Pulse rate came as often as the waveform, SpO2 never.
  expect(summary.otherStreams).toEqual({ samples: summary.samples, lost: summary.samples });
});
