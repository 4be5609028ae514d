/** Lower half and then upper half are the whole, at every place where a model can be cut. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lowerHalf, upperHalf, wholeModel } from "../src/bench/models/cut.js";
import { hubertEcg } from "../src/bench/models/hubert-ecg.js";
import { labram } from "../src/bench/models/labram.js";
import { normwear } from "../src/bench/models/normwear.js";
import { papagei } from "../src/bench/models/papagei.js";
import { inferShapes, listCuts, readModel } from "../src/onnx/index.js";
import { expectCutsHold } from "./support/halves.js";
import { sharedPath } from "./support/shared.js";

/** A model of ../shared/fixture; undefined where it is missing, with a line that says so. */
function fixture(name: string) {
  const path = sharedPath(`fixture/models/${name}.onnx`);
  return path === undefined ? undefined : readModel(readFileSync(path), name);
}

describe("the fixture's models", () => {
  const cases = [
    ["ppg_full", 18],
    ["ecg_full", 19],
    ["ecg_full_dynamo", 19],
  ] as const;
  it.each(cases)("%s: lower and upper are the whole at each of %i cuts", async (name, count) => {
    const model = fixture(name);
    if (model) expect(await expectCutsHold(model)).toBe(count);
  });

  it("have their block borders at h_0 to h_8, whichever exporter wrote them", async () => {
    const [script, dynamo] = [fixture("ecg_full"), fixture("ecg_full_dynamo")];
    if (!script || !dynamo) return;
    const borders = listCuts(await inferShapes(script)).filter(({ block }) => block !== undefined);
    expect(borders.map(({ tensor, block }) => [tensor, block])).toEqual(
      Array.from({ length: 9 }, (_, k) => [`h_${k}`, k]),
    );
    const same = listCuts(await inferShapes(dynamo)).filter(({ block }) => block !== undefined);
    expect(same.map(({ index, block }) => [index, block])).toEqual(borders.map(({ index, block }) => [index, block]));
    expect(same.map(({ tensor }) => tensor)).toEqual([
      "add",
      "add_3",
      "add_6",
      "add_9",
      "add_12",
      "add_15",
      "add_18",
      "add_21",
      "add_24",
    ]);
    // What the fixture's README says of blocks 6 and 7 with the probe.
    expect(borders[6]).toMatchObject({
      scope: "blocks.5",
      shape: [1, 500, 64],
      dataType: "float32",
      parametersAfter: 99_779,
    });
    expect(same[6]!.scope).toBe("g.blocks.5");
  });
});

describe("models of the published routes, without names of modules", () => {
  const small = { electrodes: 6, seconds: 3 };
  const cases = {
    papagei: [lowerHalf(papagei, 3, 1).onnx, {}],
    "papagei upper": [upperHalf(papagei, 13, 1, 3).onnx, {}],
    labram: [upperHalf(labram(small), 9, 1, 3).onnx, {}],
    "labram lower": [lowerHalf(labram(small), 2, 1).onnx, {}],
    "hubert-ecg": [upperHalf(hubertEcg(1500), 6, 1, 3).onnx, {}],
    normwear: [wholeModel(normwear({ depth: 2 }), 1).onnx, { output: "block_1", every: 10 }],
  } as const;
  it.each(Object.entries(cases))("%s", async (_, [onnx, options]) => {
    expect(await expectCutsHold(readModel(onnx), options)).toBeGreaterThan(1);
  });
});
