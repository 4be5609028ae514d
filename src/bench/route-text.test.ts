import { describe, expect, it } from "vitest";
import { findRoute, parseRoute } from "./route-text.js";
import { planSteps, ROUTES, routeSizes } from "./routes.js";

describe("routes", () => {
  it("have the bridge parameters that the authors report", () => {
    const parameters = Object.fromEntries(ROUTES.map((route) => [route.name, routeSizes(route).weights.factored]));
    expect(parameters).toEqual({
      "wesad-ecg2ppg": 188_912,
      "wesad-ppg2ecg": 398_784,
      "isruc-eeg2ecg": 1_813_984,
      "fog-eeg2emg": 1_209_408,
      "fog-emg2eeg": 712_000,
    });
  });

  it("read half the bytes in float16 and a quarter in int8, but for features, outputs and prototypes", () => {
    const route = findRoute("wesad-ecg2ppg");
    const work = (plan: "factored" | "folded", precision: "float32" | "float16" | "int8") => {
      const steps = planSteps(route, plan, precision);
      const sum = (of: "bytes" | "multiplyAdds") => steps.reduce((total, step) => total + step[of], 0);
      return [sum("bytes") - 4 * 64 * 1875 - 4 * 512 * 93, sum("multiplyAdds")];
    };
    const { weights, multiplyAdds } = routeSizes(route);
    expect(work("factored", "float32")).toEqual([4 * weights.factored, multiplyAdds.factored]);
    expect(work("folded", "float32")).toEqual([4 * weights.folded, multiplyAdds.folded]);
    expect(work("factored", "float16")).toEqual([2 * weights.factored + 2 * 512 * 150, multiplyAdds.factored]);
    expect(work("folded", "float16")).toEqual([2 * weights.folded, multiplyAdds.folded]);
    expect(work("factored", "int8")).toEqual([weights.factored + 3 * 512 * 150, multiplyAdds.factored]);
    expect(work("folded", "int8")).toEqual([weights.folded, multiplyAdds.folded]);
  });

  it("are found by name, and listed where the name is wrong", () => {
    expect(findRoute("isruc-eeg2ecg").shape.tokens).toBe(181);
    expect(() => findRoute("ecg2ppg")).toThrow("one of wesad-ecg2ppg, wesad-ppg2ecg,");
  });

  it("are read from text, layouts too", () => {
    const shape = { channelsIn: 64, rank: 8, prototypes: 150, tokens: 93, width: 512 };
    expect(parseRoute("64,1875,512,93,8,150")).toMatchObject({
      shape,
      time: 1875,
      featureLayout: "NTC",
      targetLayout: "tokens-first",
    });
    expect(parseRoute("64, 1875,512,93,8,150,NCT,raw")).toMatchObject({
      shape,
      featureLayout: "NCT",
      targetLayout: "raw",
    });
  });

  it.each([
    ["64,1875,512,93,8", "Expected shape to be C_in,T_in,C_out,T,r,P"],
    ["1,1,1,1,1,1,NTC,raw,1", "Expected shape to be"],
    ["64,1875,512,93,8,0", "Expected P of shape to be a whole number"],
    ["64,1e3,512,93,8,1", "Expected T_in of shape"],
    ["64,-1,512,93,8,1", "Expected T_in of shape"],
    ["64,1875,512,93,8,150,CNT", "Expected layout of shape to be NTC or NCT, but received 'CNT'"],
    ["64,1875,512,93,8,150,NCT,last", "Expected target of shape"],
    ["64,1,100000,100000,1,1", "is too large to be measured"],
    ["1,1,16384,16384,1,17", "is too large to be measured"],
    ["100000,100000,1,1,1,1", "is too large to be measured"],
  ])("refuse %s", (text, message) => {
    expect(() => parseRoute(text)).toThrow(message);
  });
});
