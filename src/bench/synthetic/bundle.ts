import { type Manifest, writeBundle, writeSafetensors } from "../../bundle/index.js";
import { roundsFor } from "./burn.js";
import { lowerHalf, TINY, targetShape, type UpperSpec, upperHalf } from "./halves.js";
import { sequence } from "./sequence.js";

export interface TinyBundleOptions {
  /** Sampling rate of the raw signal in Hz; 50 by default. */
  readonly rate?: number;
  /** Length of the window and hop in seconds; 4 and 1 by default. */
  readonly seconds?: number;
  readonly hop?: number;
  /** Names of the raw channels; one, "ppg", by default. */
  readonly channels?: readonly string[];
  /** Layout of the lower half's output; "NTC" by default. */
  readonly layout?: "NTC" | "NCT";
  /** How the bridge's output enters the upper half; "tokens-first" by default. */
  readonly targetLayout?: UpperSpec["targetLayout"];
  /** End the upper half at its last block and put the task head into probe.safetensors; false by default. */
  readonly probe?: boolean;
  readonly labels?: readonly string[];
  /** Element type of the weights in the safetensors files; "F32" by default. */
  readonly dtype?: "F32" | "F16";
  /** Steps that keep the window's length; z-score by default. */
  readonly prepare?: readonly Record<string, unknown>[];
  /** Make the upper half take about this many milliseconds on this machine; 0 by default. */
  readonly slowMs?: number;
  /** Leave the first dimension of both halves open, so that several windows can be run at once; false by default. */
  readonly openBatch?: boolean;
  /** Another seed gives another model. */
  readonly seed?: number;
}

/** Writes a complete, deterministic bundle of a few kilobytes into `folder`; see {@link TINY} for its sizes. */
export async function buildTinyBundle(folder: string, options: TinyBundleOptions = {}): Promise<Manifest> {
  const { rate = 50, seconds = 4, hop = 1, channels = ["ppg"], layout = "NTC", seed = 1 } = options;
  const { targetLayout = "tokens-first", labels = ["low", "middle", "high"], dtype = "F32" } = options;
  const { openBatch = false } = options;
  const { channelsIn, rank, prototypes, tokens, width } = TINY;
  const samples = Math.round(rate * seconds);
  const weight = (shape: number[], offset: number) => {
    const length = shape.reduce((product, extent) => product * extent, 1);
    return { shape, dtype, data: sequence(length, seed + offset) };
  };
  const files: Record<string, Uint8Array> = {
    "lower.onnx": lowerHalf({ channels: channels.length, samples, layout, seed, openBatch }),
    "bridge.safetensors": writeSafetensors({
      A: weight([rank, channelsIn], 10),
      B: weight([prototypes * tokens, rank], 11),
      prototypes: weight([width, prototypes], 12),
    }),
    "upper.onnx": upperHalf({
      targetLayout,
      classes: options.probe ? null : labels.length,
      seed: seed + 20,
      burnRounds: await roundsFor(options.slowMs ?? 0),
      openBatch,
    }),
  };
  if (options.probe)
    files["probe.safetensors"] = writeSafetensors({
      weight: weight([labels.length, width], 30),
      bias: weight([labels.length], 31),
    });
  return writeBundle(folder, {
    files,
    manifest: {
      format: "biox-bundle",
      version: 1,
      name: "tiny",
      task: "test of the runtime",
      labels: [...labels],
      licence: "Apache-2.0",
      new: { modality: "ppg", channels: [...channels], rate, unit: "adc" },
      old: { modality: "ecg" },
      window: { seconds, hop },
      prepare: [...(options.prepare ?? [{ step: "zscore" }, { step: "cast", dtype: "float32" }])],
      lower: { file: "lower.onnx", input: "signal", output: "features", layout },
      bridge: {
        file: "bridge.safetensors",
        pool: "mean",
        target: { layout: targetLayout, shape: targetShape(targetLayout) },
      },
      upper: { file: "upper.onnx", input: "tokens", output: options.probe ? "last_block" : "logits" },
      probe: options.probe ? { file: "probe.safetensors" } : null,
      provenance: {},
      metrics: {},
    },
  });
}
