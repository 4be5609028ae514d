/** Two tables speak of the same five routes, one for kernels alone and one for whole models: their sizes must agree. */

import { expect, it } from "vitest";
import { ROUTES as MODELS } from "../src/bench/models/routes.js";
import { ROUTES as KERNELS } from "../src/bench/routes.js";

it("kernel benchmarks and synthesized models have the same routes and sizes", () => {
  expect(KERNELS.map(({ name }) => name).sort()).toEqual(Object.keys(MODELS).sort());
  for (const { name, shape, targetLayout } of KERNELS) {
    const model = MODELS[name as keyof typeof MODELS];
    expect({ name, rank: model.rank, prototypes: model.prototypes, targetLayout: model.targetLayout }).toEqual({
      name,
      rank: shape.rank,
      prototypes: shape.prototypes,
      targetLayout,
    });
  }
});
