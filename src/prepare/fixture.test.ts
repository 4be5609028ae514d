import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compilePreparation, parseSteps } from "./index.js";

const FILE = new URL("../../../shared/fixture/golden/golden.safetensors", import.meta.url);

/** Tensors of a safetensors file: u64 header length, JSON header, data. */
function tensors(file: URL): (name: string) => Buffer {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString("utf8", 8, start));
  return (name) => {
    const [from, to] = header[name].data_offsets;
    return bytes.subarray(start + from, start + to);
  };
}

it("tokens of real windows equal those that the models were trained on", () => {
  if (!existsSync(FILE)) {
    console.log("skipped: no ../shared/fixture");
    return;
  }
  const tensor = tensors(FILE);
  for (const [kind, band, seconds] of [
    ["ppg", { short: 5, long: 75 }, 10],
    ["ecg", { long: 75 }, 5],
  ] as const) {
    const steps = parseSteps([
      { step: "resample", method: "linear", samples: 500 },
      { step: "moving-mean-band", ...band },
      { step: "quantise", levels: 100, round: "half-even" },
      { step: "cast", dtype: "int64" },
    ]);
    const expected = tensor(`tokens_${kind}`);
    for (let window = 0; window < 16; window++) {
      const raw = tensor(`raw_${kind}_${String(window).padStart(2, "0")}`);
      const signal = Float64Array.from({ length: raw.length / 8 }, (_, i) => raw.readDoubleLE(8 * i));
      const rate = window < 4 ? 50 : 125;
      expect(signal.length).toBe(rate * seconds);
      const preparation = compilePreparation(steps, { channels: 1, samples: signal.length, rate });
      const out = preparation.createOutput() as BigInt64Array;
      preparation.prepareWindow([signal], out);
      const tokens = Array.from({ length: 500 }, (_, i) => expected.readInt32LE(4 * (500 * window + i)));
      expect(Array.from(out, Number)).toEqual(tokens);
    }
  }
});
