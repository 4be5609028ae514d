import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BridgeGradientSpec } from "../../bridge/index.js";
import { writeSafetensors } from "../../bundle/index.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { makeFolder, unwritable } from "../../paths.js";
import { writeWhole } from "../../whole-file.js";
import { lossCurve } from "./curve.js";
import { type FirstBridge, firstWeights, readFirstBridge } from "./from-bridge.js";
import { type AlignOptions, settingsOf, whole } from "./options.js";
import { Random } from "./random.js";
import { Session } from "./session.js";
import { startWeights } from "./start.js";
import { type EpochRecord, TrainingState } from "./state.js";
import { train } from "./train.js";

const CHECKPOINT = "checkpoint.safetensors";
const BRIDGE = "bridge.safetensors";

/** What came out. */
export interface AlignResult {
  /** The bridge's weights, as a bundle has them. */
  readonly bridge: string;
  readonly shape: Omit<BridgeGradientSpec, "targetLayout">;
  /** The epoch whose weights these are. */
  readonly epoch: number;
  /** How it was judged; undefined without validation rows. */
  readonly judgement: EpochRecord | undefined;
  readonly epochs: readonly EpochRecord[];
  readonly steps: number;
  /** Seconds of this call. */
  readonly seconds: number;
  readonly ridge?: number;
  readonly notes: readonly string[];
}

/**
 * Trains the bridge between two frozen models on paired windows: gradient descent on A, B and the prototypes alone.
 *
 * Writes to `out`: `bridge.safetensors`, `training.json` (options, hashes, losses of every step and epoch), `curve.svg`,
 * `checkpoint.safetensors` and, in `cache`, what the frozen models make of each window, computed once. The same seed gives the same
 * bits on the same machine, also when training was interrupted and resumed.
 *
 * @throws BioxError INVALID_ARGUMENT, FILE_UNREADABLE, FILE_INVALID, FILE_UNWRITABLE, ONNX_INVALID, ONNX_UNSUPPORTED, and
 * MODEL_FAILED where a model gives no finite numbers or training diverges; the signal's reason when it fires
 */
export async function align(options: AlignOptions): Promise<AlignResult> {
  const began = performance.now();
  const from = options.from === undefined ? undefined : await readFirstBridge(options.from);
  const settings = { ...settingsOf(options), ...(from ? { from: from.sha256 } : {}) };
  const checkpointEvery = whole("checkpointEvery", options.checkpointEvery ?? 100, 1);
  await prepareFolder(options.out, options.resume ?? false);
  const session = await Session.open(options, settings);
  try {
    const path = join(options.out, CHECKPOINT);
    const resumed = options.resume ? TrainingState.load(path, session.key) : undefined;
    const state = resumed ?? begin(session, from);
    const judge = session.valRows.length > 0 ? await session.judge() : undefined;
    const objective = await session.objective();
    try {
      await train(
        {
          ...session,
          rows: session.trainRows,
          objective,
          order: orderOf(options, settings.seed),
          ...(judge ? { judge: (weights, full) => judge.judge(weights, full) } : {}),
          checkpointEvery,
          checkpoint: (now) => now.save(path, session.key),
          ...(options.signal ? { signal: options.signal } : {}),
          ...(options.onProgress ? { onProgress: options.onProgress } : {}),
        },
        state,
      );
    } finally {
      await objective.close();
      await judge?.close();
    }
    return await finish(session, state, (performance.now() - began) / 1000);
  } finally {
    session.close();
  }
}

async function prepareFolder(out: string, resume: boolean): Promise<void> {
  try {
    await makeFolder(out);
  } catch (cause) {
    throw unwritable(out, cause);
  }
  const there = existsSync(join(out, CHECKPOINT));
  if (resume && !there)
    throw new BioxError("INVALID_ARGUMENT", `Folder '${out}' has no checkpoint to resume.`, "Leave --resume out.");
  if (!resume && (there || readdirSync(out).some((name) => name !== "cache")))
    throw new BioxError(
      "FILE_UNWRITABLE",
      `Folder '${out}' is not empty${there ? ": a training began there" : ""}.`,
      there ? "Go on with --resume, or name another folder." : "Name another folder.",
    );
}

function orderOf({ order }: AlignOptions, seed: number): (epoch: number, count: number) => Int32Array {
  if (!order) return (epoch, count) => new Random(seed, "rows", epoch).permutation(count);
  return (epoch, count) => {
    const rows = order(epoch, count);
    if ([...rows].sort((a, b) => a - b).every((row, i) => row === i) && rows.length === count) return rows;
    throw invalidArgument("order", `all numbers from 0 to ${count - 1}, once each`, rows);
  };
}

function begin(session: Session, from: FirstBridge | undefined): TrainingState {
  if (from) return new TrainingState(firstWeights(from, session.spec));
  const { weights, ridge } = startWeights(session);
  return new TrainingState(weights, ridge);
}

async function finish(session: Session, state: TrainingState, seconds: number): Promise<AlignResult> {
  const { settings, spec, options } = session;
  const { ridge } = state;
  const best = settings.keep === "best" ? state.best : undefined;
  const weights = best?.weights ?? state.weights;
  const epoch = best?.epoch ?? state.epoch;
  const judgement = state.epochs.find((record) => record.epoch === epoch && record.valLoss !== null);
  const { channelsIn, rank, prototypes, tokens, width } = spec;
  const bridge = join(options.out, BRIDGE);
  const notes = notesOf(session, state);
  const tensors = {
    A: { shape: [rank, channelsIn], data: weights.A },
    B: { shape: [prototypes * tokens, rank], data: weights.B },
    prototypes: { shape: [width, prototypes], data: weights.prototypes },
  };
  await writeWhole(bridge, writeSafetensors(tensors));
  const report = {
    ...session.provenance(),
    key: session.key,
    files: { new: options.newModel, old: options.oldModel, pairs: options.pairs.sources.map(({ file }) => file) },
    result: { epoch, ...(judgement ? { judgement } : {}), ...(ridge === undefined ? {} : { ridge }) },
    epochs: state.epochs,
    stepLoss: state.stepLosses,
    seconds,
    notes,
  };
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  await writeWhole(join(options.out, "training.json"), encode(`${JSON.stringify(report, null, 1)}\n`));
  const steps = Math.max(1, Math.floor(session.trainRows.length / Math.min(settings.batch, session.trainRows.length)));
  const title = `${settings.loss} loss at the ${settings.lossAt === "last" ? "last block" : "bridge's output"}`;
  await writeWhole(join(options.out, "curve.svg"), encode(lossCurve(state, steps, title)));
  const shape = { channelsIn, rank, prototypes, tokens, width };
  const found = { bridge, shape, epoch, judgement, epochs: state.epochs, steps: state.stepLosses.length };
  return { ...found, seconds, ...(ridge === undefined ? {} : { ridge }), notes };
}

function notesOf({ settings, valRows, options }: Session, state: TrainingState): string[] {
  const notes = [...options.pairs.notes];
  if (valRows.length === 0) notes.push("No row has split 'val': nothing tells when training goes too far.");
  if (state.epoch < settings.epochs)
    notes.push(`Stopped after epoch ${state.epoch}: no better validation loss for ${settings.patience} epochs.`);
  return notes;
}
