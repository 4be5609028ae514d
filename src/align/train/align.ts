import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type BridgeGradientSpec, LinearProbe } from "../../bridge/index.js";
import { readSafetensors, writeSafetensors } from "../../bundle/index.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { makeFolder, unwritable } from "../../paths.js";
import type { PairSet } from "../pairs/index.js";
import { lossCurve } from "./curve.js";
import { newFeatures, oldFeatures } from "./features.js";
import { Judge } from "./judge.js";
import { WholeModel } from "./models.js";
import { BridgeObjective, LastObjective, type Objective } from "./objective.js";
import { type AlignOptions, type Settings, settingsOf, whole } from "./options.js";
import type { RowsReader } from "./rows-file.js";
import { startWeights } from "./start.js";
import { type EpochRecord, TrainingState } from "./state.js";
import { train } from "./train.js";
import { writeWholeFile } from "./whole-file.js";

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
  const settings = settingsOf(options);
  const checkpointEvery = whole("checkpointEvery", options.checkpointEvery ?? 100, 1);
  await prepareFolder(options.out, options.resume ?? false);
  const session = await Session.open(options, settings);
  try {
    const path = join(options.out, CHECKPOINT);
    const resumed = options.resume ? TrainingState.load(path, session.key) : undefined;
    const started = resumed ? undefined : startWeights(session);
    const state = resumed ?? new TrainingState(started!.weights);
    const judge = session.valRows.length > 0 ? await session.judge() : undefined;
    const objective = await session.objective();
    try {
      await train(
        {
          ...session,
          rows: session.trainRows,
          objective,
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
    return finish(session, state, (performance.now() - began) / 1000, started?.ridge);
  } finally {
    session.close();
  }
}

/** Models, data and settings of one training. */
class Session {
  private constructor(
    readonly options: AlignOptions,
    readonly settings: Settings,
    readonly models: { readonly new: WholeModel; readonly old: WholeModel },
    readonly tensors: { readonly newAt: string; readonly oldAt: string; readonly last: string; readonly task?: string },
    readonly probe: LinearProbe | undefined,
    /** Rows of the pairs that features are kept of: those of training first. */
    readonly rows: Int32Array,
    readonly trainRows: Int32Array,
    readonly valRows: Int32Array,
    readonly x: Float32Array,
    readonly features: RowsReader,
    readonly spec: BridgeGradientSpec,
  ) {}

  static async open(options: AlignOptions, settings: Settings): Promise<Session> {
    const { pairs } = options;
    const [trainPairs, valPairs] = rowsFor(pairs);
    const models = {
      new: await WholeModel.open(options.newModel, pairs.new),
      old: await WholeModel.open(options.oldModel, pairs.old),
    };
    const newAt = models.new.requireTensor("newAt", options.newAt);
    const oldAt = models.old.requireTensor("oldAt", options.oldAt);
    const ends = models.old.model.graph!.output.map(({ name }) => name);
    // A model whose task head is a file of its own ends at its last block.
    const last =
      options.last !== undefined
        ? models.old.requireTensor("last", options.last)
        : options.probe !== undefined && ends.length === 1
          ? ends[0]!
          : models.old.lastBlock();
    const probe = options.probe === undefined ? undefined : readProbe(options.probe);
    const task = probe ? undefined : models.old.taskOutput(last);
    const rows = Int32Array.from([...trainPairs, ...valPairs]);
    const context = {
      cache: join(options.out, "cache"),
      pairs,
      rows,
      threads: settings.threads,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    };
    const own = await newFeatures(context, models.new, newAt, settings.newLayout);
    const channelsIn = own.size("x");
    const x = new Float32Array(rows.length * channelsIn);
    for (let row = 0; row < rows.length; row++)
      own.read("x", row, x.subarray(row * channelsIn, (row + 1) * channelsIn));
    own.close();
    const wanted = { block: oldAt, last, ...(task === undefined ? {} : { task }) };
    const features = await oldFeatures(context, models.old, wanted);
    const { rank, prototypes } = settings;
    const spec = { channelsIn, rank, prototypes, ...sizesOf(options, settings, features, models.old, oldAt) };
    const numbers = Int32Array.from({ length: rows.length }, (_, i) => i);
    const tensors = { newAt, oldAt, last, ...(task === undefined ? {} : { task }) };
    const split = trainPairs.length;
    return new Session(
      options,
      settings,
      models,
      tensors,
      probe,
      rows,
      numbers.subarray(0, split),
      numbers.subarray(split),
      x,
      features,
      spec,
    );
  }

  /** What the result depends on; two trainings of the same key are the same training. */
  get key(): string {
    return createHash("sha256").update(JSON.stringify(this.provenance())).digest("hex");
  }

  provenance(): Record<string, unknown> {
    const { models, tensors, options } = this;
    return {
      settings: this.settings,
      shape: this.spec,
      new: { sha256: models.new.sha256, tensor: tensors.newAt },
      old: { sha256: models.old.sha256, tensor: tensors.oldAt, last: tensors.last },
      pairs: options.pairs.sources.map(({ sha256, bytes }) => ({ sha256, bytes })),
      rows: { train: this.trainRows.length, val: this.valRows.length },
    };
  }

  /** Where a row of the features comes from. */
  where = (row: number): string => this.options.pairs.where(this.rows[row]!);

  objective(): Promise<Objective> | Objective {
    const { settings, features, models, tensors } = this;
    if (settings.lossAt === "bridge") return new BridgeObjective(settings.loss, features);
    const ends = { at: tensors.oldAt, last: tensors.last, loss: settings.loss };
    return LastObjective.create(models.old, ends, features, settings.threads, this.where);
  }

  judge(): Promise<Judge> {
    const { spec, x, valRows, features, settings, tensors, probe, models, rows, where } = this;
    const { labels } = this.options.pairs;
    return Judge.create(
      {
        spec,
        x,
        rows: valRows,
        features,
        loss: settings.loss,
        where,
        ...(labels ? { labels: rows.map((row) => labels[row]!) } : {}),
      },
      {
        model: models.old,
        at: tensors.oldAt,
        last: tensors.last,
        threads: settings.threads,
        ...(tensors.task === undefined ? {} : { task: tensors.task }),
        ...(probe ? { probe } : {}),
      },
    );
  }

  close(): void {
    this.features.close();
  }
}

/** Rows to train on and to judge on. */
function rowsFor(pairs: PairSet): [Int32Array, Int32Array] {
  const rows = pairs.rowsOf("pair");
  if (rows.length === 0)
    throw new BioxError(
      "FILE_INVALID",
      `The pairs have no row of split 'pair', on which a bridge is trained.`,
      "Give unlabelled paired windows that split.",
    );
  return [rows, pairs.rowsOf("val")];
}

function sizesOf(
  { width }: AlignOptions,
  { oldLayout }: Settings,
  features: RowsReader,
  model: WholeModel,
  at: string,
): Pick<BridgeGradientSpec, "tokens" | "width" | "targetLayout"> {
  const size = features.size("block");
  const declared = model.shapeOf(at);
  const own =
    oldLayout === "tokens-first" ? declared?.at(-1) : oldLayout === "channels-first" ? declared?.at(-2) : undefined;
  const found = width ?? own;
  if (typeof found !== "number" || !Number.isInteger(found) || found < 1 || size % found !== 0)
    throw invalidArgument(
      "width",
      `given: numbers of one token, of which the ${size} of tensor '${at}' are a multiple`,
      found,
    );
  return { tokens: size / found, width: found, targetLayout: oldLayout };
}

function readProbe(path: string): LinearProbe {
  const { tensors } = readSafetensors(path);
  const weight = tensors.get("weight")?.data;
  const bias = tensors.get("bias")?.data;
  if (!(weight instanceof Float32Array) || !(bias instanceof Float32Array))
    throw new BioxError(
      "FILE_INVALID",
      `File '${path}' has no tensors weight [K, D] and bias [K] of floats.`,
      "'biox cut --probe' writes such a file.",
    );
  return new LinearProbe(weight, bias);
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

function finish(session: Session, state: TrainingState, seconds: number, ridge: number | undefined): AlignResult {
  const { settings, spec, options } = session;
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
  writeWholeFile(bridge, writeSafetensors(tensors));
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
  writeWholeFile(join(options.out, "training.json"), encode(`${JSON.stringify(report, null, 1)}\n`));
  const steps = Math.max(1, Math.floor(session.trainRows.length / Math.min(settings.batch, session.trainRows.length)));
  const title = `${settings.loss} loss at the ${settings.lossAt === "last" ? "last block" : "bridge's output"}`;
  writeWholeFile(join(options.out, "curve.svg"), encode(lossCurve(state, steps, title)));
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
