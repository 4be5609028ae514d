/** Against scikit-learn's scores of a real pair of models (../shared/fixture). */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../bundle/index.js";
import { linearCka, type PooledFeatures } from "./cka.js";
import { crossValidate } from "./cross-validate.js";
import { stratifiedFolds } from "./folds.js";

const folder = fileURLToPath(new URL("../../../../shared/fixture/align/", import.meta.url));
const there = existsSync(folder);
if (!there) console.info("skipped: no ../shared/fixture/align");

describe.runIf(there)("scores of the fixture", () => {
  const golden = there ? JSON.parse(readFileSync(`${folder}selection.json`, "utf8")) : {};
  const tensors = there ? readSafetensors(`${folder}selection_features.safetensors`).tensors : new Map();
  const labels = tensors.get("pseudo_label")?.data as Int32Array;
  const folds = tensors.get("fold")?.data as Int32Array;

  /** Features of one block, out of [rows, blocks, 64]. */
  function block(name: string, at: number): PooledFeatures {
    const all = tensors.get(name)!.data as Float32Array;
    const values = new Float32Array(labels.length * 64);
    for (let row = 0; row < labels.length; row++)
      values.set(all.subarray((row * 8 + at) * 64, (row * 8 + at + 1) * 64), row * 64);
    return { columns: 64, values };
  }
  const blocks = (name: string): PooledFeatures[] => Array.from({ length: 8 }, (_, at) => block(name, at));

  it("makes the same folds", () => {
    expect(stratifiedFolds(labels, 5)).toEqual(folds);
  });

  it("has the same macro-F1 in every fold, and the same winner", () => {
    const scores = blocks("ppg_pooled_block_out").map((features) => crossValidate(features, labels, folds));
    const means = scores.map((of) => of.reduce((a, b) => a + b) / of.length);
    // The goldens that scikit-learn was made to run to the end for, not those at which it stopped early.
    for (const [m, mean] of means.entries())
      expect(mean, `block ${m}`).toBeCloseTo(golden["mean_macro_f1_tol1e-10"][m], 9);
    for (const [m, mean] of means.entries()) expect(Math.abs(mean - golden.mean_macro_f1[m])).toBeLessThan(0.01);
    expect(means.indexOf(Math.max(...means))).toBe(golden.best_m);
  });

  it("has the same alignment of every pair of blocks", () => {
    const cka = linearCka(blocks("ppg_pooled_block_out"), blocks("ecg_pooled_block_in"), labels.length);
    for (let m = 0; m < 8; m++)
      for (let l = 0; l < 8; l++) expect(Math.abs(cka[m]![l]! - golden.cka_all_m_by_l[m][l])).toBeLessThan(1e-6);
    expect(cka[6]!.indexOf(Math.max(...cka[6]!))).toBe(golden.best_l);
  });
});
