import { createRequire } from "node:module";
import { basename, resolve } from "node:path";
import {
  type Bundle,
  digestFile,
  loadBundle,
  type Manifest,
  newFolder,
  readSafetensors,
  requireEmpty,
  type Safetensors,
  writeBundle,
} from "../../bundle/index.js";
import { type BundleCheck, checkBundle } from "../../engine/check-bundle.js";
import { DEFAULT_TOLERANCE, makeGolden } from "../../engine/golden.js";
import { infer } from "../../engine/infer.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { filePath } from "../../paths.js";
import { readWhole } from "../../regular-file.js";
import type { PairSet } from "../pairs/index.js";
import { bridgeSizes, describeBridge, describeLower, describeUpper, isObject, type Json } from "./describe.js";
import { halfFacts, portOf } from "./half-facts.js";
import { readJsonObject, readObject } from "./json-file.js";
import { pairWindows } from "./pair-windows.js";
import { requirePlaces } from "./places.js";

const NAMES = {
  lower: "lower.onnx",
  bridge: "bridge.safetensors",
  upper: "upper.onnx",
  probe: "probe.safetensors",
  golden: "golden.safetensors",
} as const;

const DEFAULT_GOLDEN_WINDOWS = 4;

export interface PackOptions {
  /**
   * `bundle.json` without `format`, `version` and `files`, as a JSON or YAML file or an object. Of `lower`, `bridge` and `upper` only what
   * cannot be seen in the files has to be there.
   */
  readonly description: string | Readonly<Json>;
  /** Paths of the parts; the probe where the upper half ends at its last block. */
  readonly lower: string;
  readonly bridge: string;
  readonly upper: string;
  readonly probe?: string;
  /** Windows of which some are kept in the bundle with what it makes of them; safetensors as `infer` takes them. */
  readonly windows?: string;
  /** Or pairs, of whose prepared windows some are kept. */
  readonly pairs?: PairSet;
  /** What `windows` holds; "raw" by default. */
  readonly input?: "raw" | "prepared";
  /** How many of them, 1 to 1000; 4 by default. */
  readonly goldenWindows?: number;
  /** How far a stage may be from its golden values, as a share of its largest; 1e-4 by default. */
  readonly tolerance?: number;
  /** Files that the bundle was made from and does not hold: whole models, checkpoints, recordings. Their hashes are kept. */
  readonly sources?: readonly string[];
  /** JSON reports of choosing positions, of training (both kept in `provenance`) and of judging (kept in `metrics`). */
  readonly selection?: string;
  readonly training?: string;
  readonly evaluation?: string;
  /** Further files to lie in the bundle under their own names: a licence, a model card. */
  readonly add?: readonly string[];
  /** Threads of ONNX Runtime for the check; 1 by default. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** What {@link packBundle} made. */
export interface Packed {
  readonly manifest: Manifest;
  /** The bundle's own check, as `checkBundle` does it anywhere later. */
  readonly check: BundleCheck;
}

/**
 * Puts a bundle together from its parts, with where they come from and with golden windows, and runs it once. The folder appears when
 * it is complete and has passed its check, and not at all when something fails.
 *
 * @param out folder to write; does not exist, or is empty
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID, ONNX_INVALID; BUNDLE_SHAPE, BUNDLE_INVALID, PREPARE_INVALID when parts and
 * description do not fit; FILE_UNWRITABLE; MODEL_FAILED when the model does not give the same answers twice
 */
export async function packBundle(out: string | URL, options: PackOptions): Promise<Packed> {
  const folder = resolve(filePath("out", out));
  const { signal } = options;
  const goldenWindows = countOf(options.goldenWindows ?? DEFAULT_GOLDEN_WINDOWS);
  await requireEmpty(folder);
  const files = await readParts(options);
  const manifest = await describe(options, files);
  const { windows, input } = goldenInput(options, goldenWindows);
  let packed: Packed | undefined;
  const write = async (part: string): Promise<void> => {
    let written = await writeBundle(part, { manifest, files }, { signal });
    const bundle = await loadBundle(part);
    if (windows === undefined) await tryOut(bundle, options);
    else {
      files[NAMES.golden] = await makeGolden(bundle, windows, { ...inference(options), input, most: goldenWindows });
      const golden = { file: NAMES.golden, tolerance: options.tolerance ?? DEFAULT_TOLERANCE };
      written = await writeBundle(part, { manifest: { ...manifest, golden }, files }, { signal });
    }
    const check = await checkBundle(part, { threads: options.threads ?? 1, ...(signal && { signal }) });
    if (!check.ok) throw unsteady();
    packed = { manifest: written, check };
  };
  await newFolder(folder, write, signal);
  return packed!;
}

/** Windows to keep; undefined where there are none to choose from. */
function goldenInput(
  { windows, pairs, input = "raw" }: PackOptions,
  most: number,
): { windows: Safetensors | undefined; input: "raw" | "prepared" } {
  if (!pairs) return { windows: windows === undefined ? undefined : readSafetensors(windows), input };
  if (windows !== undefined) throw invalidArgument("windows", "left out where pairs are given", windows);
  return { windows: pairWindows(pairs, most), input: "prepared" };
}

function inference({ threads = 1, signal }: PackOptions) {
  return { threads, ...(signal && { signal }) };
}

async function readParts(options: PackOptions): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const part of ["lower", "bridge", "upper", "probe"] as const) {
    const path = options[part];
    if (path !== undefined) files[NAMES[part]] = await readWhole(filePath(part, path));
  }
  for (const path of options.add ?? []) {
    const name = basename(filePath("add", path));
    if (Object.values(NAMES).includes(name as "lower.onnx") || Object.hasOwn(files, name))
      throw invalidArgument("add", "a file whose name no other file of the bundle has", path);
    files[name] = await readWhole(path);
  }
  return files;
}

/** bundle.json but for its list of files; whether it is right is found when it is written. */
async function describe(options: PackOptions, files: Record<string, Uint8Array>) {
  const { description } = options;
  const given = typeof description === "string" ? await readObject(description) : description;
  const sizes = bridgeSizes(files[NAMES.bridge]!, options.bridge);
  const lower = halfFacts(files[NAMES.lower]!, options.lower);
  const upper = halfFacts(files[NAMES.upper]!, options.upper);
  const { selection, training } = await reports(options);
  for (const [report, path] of [
    [selection, options.selection],
    [training, options.training],
  ] as const)
    if (report && path !== undefined) requirePlaces(report, path, { lower, upper });
  const part = (name: string): Json => (isObject(given[name]) ? given[name] : {});
  const described = {
    format: "biox-bundle",
    version: 1,
    ...given,
    lower: describeLower(part("lower"), lower, sizes, NAMES.lower),
    bridge: describeBridge(
      part("bridge"),
      portOf(upper.inputs, part("upper").input, "upper.input"),
      sizes,
      NAMES.bridge,
    ),
    upper: describeUpper(part("upper"), upper, NAMES.upper),
    probe: options.probe === undefined ? null : { file: NAMES.probe },
    provenance: {
      ...(await provenance(part("provenance"), options, files)),
      ...(selection && { selection }),
      ...(training && { training: trainingFacts(training) }),
    },
    metrics: {
      ...part("metrics"),
      ...(options.evaluation !== undefined && { evaluation: await readJsonObject(options.evaluation) }),
    },
  };
  // The schema is checked by writeBundle, which says what does not fit.
  return described as unknown as Parameters<typeof writeBundle>[1]["manifest"];
}

async function provenance(given: Json, options: PackOptions, files: Record<string, Uint8Array>): Promise<Json> {
  const { version } = createRequire(import.meta.url)("../../../package.json") as { version: string };
  const bridge = readSafetensors(files[NAMES.bridge]!, options.bridge).metadata;
  const sources = [];
  for (const path of options.sources ?? []) sources.push(await digestFile(filePath("sources", path)));
  return {
    made_by: `biox-edge ${version}`,
    ...given,
    ...(Object.keys(bridge).length > 0 && { bridge }),
    ...(sources.length > 0 && { sources }),
  };
}

/** What was said of choosing positions and of training, where it was given. */
async function reports({ selection, training }: PackOptions): Promise<{ selection?: Json; training?: Json }> {
  return {
    ...(selection !== undefined && { selection: await readJsonObject(selection) }),
    ...(training !== undefined && { training: await readJsonObject(training) }),
  };
}

/** A report of training without the loss of every step: thousands of numbers that say no more than those of the epochs. */
function trainingFacts({ stepLoss, ...facts }: Json): Json {
  return facts;
}

/** Opens and runs both halves, which also do when there is no window to run. */
async function tryOut(bundle: Bundle, options: PackOptions): Promise<void> {
  const { channels, samples } = bundle.input;
  const none: Safetensors = {
    tensors: new Map([["signal", { dtype: "F32", shape: [0, channels, samples], data: new Float32Array(0) }]]),
    metadata: {},
  };
  await infer(bundle, none, { threads: options.threads ?? 1 });
}

function countOf(value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 1000) return value;
  throw invalidArgument("goldenWindows", "a whole number from 1 to 1000", value);
}

function unsteady(): BioxError {
  return new BioxError(
    "MODEL_FAILED",
    "The model gives other answers when the same windows are run again.",
    "Look for random operators in the halves, or give a larger tolerance.",
  );
}
