import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadBundle } from "../bundle/index.js";
import { compareHalves } from "./half-times.js";
import { buildTinyBundle } from "./synthetic/bundle.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biox-half-times-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("times a half that differs, and says nothing of one that is the same", async () => {
  const [slow, quick] = [join(folder, "slow"), join(folder, "quick")];
  await buildTinyBundle(slow, { slowMs: 20 });
  await buildTinyBundle(quick);
  const { lower, upper } = await compareHalves(await loadBundle(slow), await loadBundle(quick), { rounds: 3 });
  expect(lower).toBeNull();
  expect(upper!.before).toBeGreaterThan(upper!.after);
  expect(upper!.ratio).toBeCloseTo(upper!.before / upper!.after, 6);
});
