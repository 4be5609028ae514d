import { resolve } from "node:path";
import { newFolder, writeBundle } from "../../bundle/index.js";
import { invalidArgument } from "../../errors.js";
import { filePath } from "../../paths.js";
import { ROUTE_NAMES, type RouteName } from "./route-names.js";
import { hasProbe, routeFiles } from "./route-weights.js";
import { ROUTES, type Route } from "./routes.js";

/** Raised whenever the same seed would give other bytes, so that caches are filled anew. */
export const GENERATOR_VERSION = 1;

/** Largest seed: what fits the 32-bit generators. */
const LARGEST_SEED = 2 ** 32 - 1;

export interface RouteOptions {
  /** 0 to 4294967295; another seed gives other weights. 1 by default. */
  readonly seed?: number;
  /** Leave the first dimension of both halves open, so that several windows can be run at once. False by default. */
  readonly openBatch?: boolean;
  /** Ends the work and takes away what it has written; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Writes the bundle of a route: models of the published sizes with random weights, for measuring time and memory.
 * Predictions mean nothing. The folder appears when it is complete, and not at all when something fails.
 *
 * @param folder does not exist, or is empty
 * @throws BioxError INVALID_ARGUMENT for an unknown route or seed, FILE_UNWRITABLE when the folder cannot be written
 */
export async function buildRoute(
  name: RouteName,
  folder: string | URL,
  { seed = 1, openBatch = false, signal }: RouteOptions = {},
): Promise<void> {
  checkRoute(name, seed);
  const path = resolve(filePath("folder", folder));
  await newFolder(
    path,
    async (part) => {
      const route = ROUTES[name];
      const files = routeFiles(route, seed, openBatch);
      await writeBundle(part, { files, manifest: describe(name, route, seed) }, { signal });
    },
    signal,
  );
}

export function checkRoute(name: string, seed: number): void {
  if (!(ROUTE_NAMES as readonly string[]).includes(name))
    throw invalidArgument("route", `one of ${ROUTE_NAMES.join(", ")}`, name);
  if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED)
    throw invalidArgument("seed", `a whole number from 0 to ${LARGEST_SEED}`, seed);
}

function describe(name: RouteName, route: Route, seed: number): Parameters<typeof writeBundle>[1]["manifest"] {
  const { lower, upper, targetLayout } = route;
  const probe = hasProbe(route);
  return {
    format: "biox-bundle",
    version: 1,
    name: `${name}, random weights`,
    task: route.task,
    labels: [...route.labels],
    licence: "Apache-2.0",
    new: route.worn,
    old: { modality: route.old },
    window: route.window,
    prepare: [...route.prepare],
    lower: { file: "lower.onnx", input: "window", output: "features", layout: lower.model.layout },
    bridge: {
      file: "bridge.safetensors",
      pool: "mean",
      target: { layout: targetLayout, shape: [...upper.model.shape(upper.l - 1)] },
    },
    upper: { file: "upper.onnx", input: "tokens", output: probe ? "last_block" : "logits" },
    probe: probe ? { file: "probe.safetensors" } : null,
    provenance: {
      weights: "random: sizes and operators are those of the published models, predictions mean nothing",
      new_model: `${lower.model.name}, to the output of block ${lower.m}`,
      old_model: `${upper.model.name}, from the input of block ${upper.l}`,
      seed,
      generator: GENERATOR_VERSION,
    },
    metrics: {},
  };
}
