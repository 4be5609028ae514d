/** Quality and pulse rate on real recordings. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { QualityMeter } from "./index.js";

const data = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

function columns(file: string, header: boolean): number[][] {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  const rows = lines.slice(header ? 1 : 0).map((line) => line.split(",").map(Number));
  return rows[0]!.map((_, c) => rows.map((row) => row[c]!));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** Spearman's rank correlation. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const ranks = (x: readonly number[]): number[] => {
    const order = x.map((_, i) => i).sort((i, j) => x[i]! - x[j]!);
    const rank = new Array<number>(x.length);
    for (let from = 0; from < order.length; ) {
      let to = from;
      while (to < order.length && x[order[to]!] === x[order[from]!]) to++;
      for (let k = from; k < to; k++) rank[order[k]!] = (from + to - 1) / 2;
      from = to;
    }
    return rank;
  };
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (x.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i]! - mean) * (y[i]! - mean);
    xx += (x[i]! - mean) ** 2;
    yy += (y[i]! - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

describe("resting recordings (PPG and three ECG channels, 50 Hz)", () => {
  const folder = `${data}ncku_bike_ppg_ecg/ccby_clear_595_809/`;
  it("have the ECG's pulse rate in the PPG, and a high quality", () => {
    if (!existsSync(folder)) return console.log("skipped: no ../shared/data/ncku_bike_ppg_ecg");
    const rate = 50;
    const samples = 10 * rate;
    const ppg = new QualityMeter("ppg", rate, samples);
    const ecg = new QualityMeter("ecg", rate, samples);
    const qualities: number[] = [];
    let near = 0;
    for (const name of readdirSync(folder).filter((file) => file.includes("static"))) {
      const [, , pulse, ...leads] = columns(folder + name, false);
      // The sensor stopped before the recording did.
      const end = pulse!.findLastIndex((value) => value !== 0) + 1;
      for (let from = 0; from + samples <= end; from += samples / 2) {
        const window = (x: number[]): Float64Array[] => [Float64Array.from(x.slice(from, from + samples))];
        const found = ppg.assess(window(pulse!), 0);
        const rates = leads.map((lead) => ecg.assess(window(lead), 0).pulseRate);
        const heart = median(rates.filter((found) => found !== null));
        qualities.push(found.quality);
        if (Math.abs((found.pulseRate ?? Number.NaN) - heart) <= 3) near++;
      }
    }
    console.log(`rest: pulse rate within 3 bpm of the ECG's in ${near} of ${qualities.length} windows of 10 s`);
    expect(qualities.length).toBeGreaterThan(120);
    expect(near / qualities.length).toBeGreaterThanOrEqual(0.95);
    expect(median(qualities)).toBeGreaterThan(0.9);
    expect(qualities.filter((quality) => quality < 0.5).length / qualities.length).toBeLessThan(0.05);
  });
});

describe("running recordings (wrist PPG, 125 Hz)", () => {
  const folder = `${data}troika/`;
  it("have a quality that falls where the pulse rate is wrong", () => {
    if (!existsSync(folder)) return console.log("skipped: no ../shared/data/troika");
    const rate = 125;
    const samples = 8 * rate;
    const meter = new QualityMeter("ppg", rate, samples);
    const errors: number[] = [];
    const qualities: number[] = [];
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".csv.gz"))) {
      const [, , pulse] = columns(folder + name, true);
      const truth = readFileSync(folder + name.replace(".csv.gz", "_hr.csv"), "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => Number(line.split(",").at(-1)));
      for (const [i, heart] of truth.entries()) {
        const window = Float64Array.from(pulse!.slice(2 * rate * i, 2 * rate * i + samples));
        if (window.length < samples) break;
        const { quality, pulseRate } = meter.assess([window], 0);
        // No rate at all is as wrong as can be.
        errors.push(pulseRate === null ? 200 : Math.abs(pulseRate - heart));
        qualities.push(quality);
      }
    }
    const rho = rankCorrelation(qualities, errors);
    const wrong = errors.map((error) => error > 5);
    const of = (which: boolean): number[] => qualities.filter((_, i) => wrong[i] === which);
    console.log(
      `running: ${errors.length} windows of 8 s; rank correlation of error and quality ${rho.toFixed(2)}; ` +
        `median quality ${median(of(false)).toFixed(2)} where the pulse rate is within 5 bpm, ${median(of(true)).toFixed(2)} where not`,
    );
    expect(errors.length).toBeGreaterThan(1000);
    expect(rho).toBeLessThan(-0.5);
    expect(median(of(true))).toBeLessThan(median(of(false)) - 0.3);
  });
});
