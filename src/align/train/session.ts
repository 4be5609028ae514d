import { createHash } from "node:crypto";
import { join } from "node:path";
import { type BridgeGradientSpec, LinearProbe } from "../../bridge/index.js";
import { readSafetensors } from "../../bundle/index.js";
import { BioxError, invalidArgument } from "../../errors.js";
import type { PairSet } from "../pairs/index.js";
import { newFeatures, oldFeatures } from "./features.js";
import { Judge } from "./judge.js";
import { WholeModel } from "./models.js";
import { BridgeObjective, LastObjective, type Objective } from "./objective.js";
import type { AlignOptions, Settings } from "./options.js";
import type { RowsReader } from "./rows-file.js";

/** Models, data and settings of one training. */
export class Session {
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
