import { type TensorToWrite, writeSafetensors } from "../../bundle/index.js";
import { lowerHalf, upperHalf } from "./cut.js";
import { keepVariance } from "./layers.js";
import type { BlockModel } from "./model.js";
import { product } from "./net.js";
import { fillUniform, seedOf } from "./random.js";
import type { Route } from "./routes.js";

/** Channels in the shape of a feature map. */
export function channelsOf(model: BlockModel, index: number): number {
  return model.shape(index).at(model.layout === "NTC" ? -1 : -2)!;
}

/** The files of a route's bundle with random weights; the same seed gives the same bytes. */
export function routeFiles(route: Route, seed: number, openBatch = false): Record<string, Uint8Array> {
  const { lower, upper, rank, prototypes, labels } = route;
  const tensor = (name: string, shape: number[], fanIn: number): TensorToWrite => ({
    shape,
    data: fillUniform(new Float32Array(product(shape)), seedOf(name, seed), keepVariance(fanIn)),
  });
  const channelsIn = channelsOf(lower.model, lower.m);
  const width = channelsOf(upper.model, upper.l - 1);
  const tokens = product(upper.model.shape(upper.l - 1)) / width;
  const files: Record<string, Uint8Array> = {
    "lower.onnx": lowerHalf(lower.model, lower.m, seed, openBatch).onnx,
    "bridge.safetensors": writeSafetensors({
      A: tensor("A", [rank, channelsIn], channelsIn),
      B: tensor("B", [prototypes * tokens, rank], rank),
      prototypes: tensor("prototypes", [width, prototypes], prototypes),
    }),
    "upper.onnx": upperHalf(upper.model, upper.l, seed, hasProbe(route) ? undefined : labels.length, openBatch).onnx,
  };
  if (hasProbe(route)) {
    const features = channelsOf(upper.model, upper.model.blocks - 1);
    files["probe.safetensors"] = writeSafetensors({
      weight: tensor("weight", [labels.length, features], features),
      bias: tensor("bias", [labels.length], 1),
    });
  }
  return files;
}

/** A probe takes the mean of [1, tokens, D]; where channels come first the head is part of the graph. */
export function hasProbe({ upper }: Route): boolean {
  return upper.model.layout === "NTC";
}
