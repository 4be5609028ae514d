// Trains the bridges of the fixture's PyTorch reference again, with its hyper-parameters, and prints losses and accuracies side by side:
// once with the reference's own first weights and order of windows, and with seeds of this project's generator. The reference is one run
// of each bridge; its interval is a bootstrap (95 %, windows resampled within each class) of its confusion matrix.
//
// What is done is kept in OUT; the same command goes on where it was stopped.
//
//     npm run build && node tools/align/reference.mjs FIXTURE OUT [--only bo_randn_bs,last_randn] [--seeds 1,2,3] [--epochs N]
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { align, openPairs } from "../../dist/align/index.js";
import { Random } from "../../dist/align/train/random.js";
import { readSafetensors, writeSafetensors } from "../../dist/index.js";
import { TorchRandom } from "./torch-random.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, seeds: { type: "string", default: "1,2,3" }, epochs: { type: "string" } },
});
const [fixture, out] = positionals;
if (out === undefined) throw new Error("Give the folder of the fixture and one to write to.");
const read = (name) => JSON.parse(readFileSync(join(fixture, "align", name), "utf8"));
const curves = read("training_curve.json");
const results = read("results.json");
const DRAWS = 2000;
/** Found from the losses of the reference's steps, which a replay meets in six digits with this schedule and no other. */
const CONSTANT_RATE = ["bo_randn_b0"];
/** Seed of torch.manual_seed before the first weights, and of the generator of the order of windows. */
const SEED = 0;
const OWN = "own";

/** The reference's first weights: drawn again, or, where prototypes are real tokens, those that the fixture keeps. */
function firstBridge(name) {
  const [, , prototypes, rank, count, , , deviation = "0"] = curves[name].args;
  const { tensors } = readSafetensors(join(fixture, "align/gradients.safetensors"));
  const init = { A: tensors.get("init.A"), B: tensors.get("init.B"), prototypes: tensors.get("init.prototypes") };
  const weights = Object.fromEntries(Object.entries(init).map(([key, { shape, data }]) => [key, { shape, data }]));
  if (init.A.shape[0] !== Number(rank) || init.prototypes.shape[1] !== Number(count)) throw new Error("other sizes");
  if (prototypes === "randn") {
    const random = new TorchRandom(SEED);
    // Kaiming's bound with a = sqrt 5: 1 / sqrt(C_in).
    const bound = 1 / Math.sqrt(init.A.shape[1]);
    weights.A.data = random.uniform(init.A.data.length, -bound, bound);
    weights.prototypes.data = random.normal(init.prototypes.data.length);
    if (deviation !== "0") weights.B.data = random.normal(init.B.data.length).map((value) => value * deviation);
  }
  return writeSafetensors(weights);
}

/** Each epoch draws from the one generator, so an earlier epoch has to be drawn first. */
function ownOrder() {
  const random = new TorchRandom(SEED);
  const orders = [];
  return (epoch, count) => {
    while (orders.length <= epoch) orders.push(random.permutation(count));
    return orders[epoch];
  };
}

async function train(name, seed, epochs) {
  const [, lossAt, prototypes, rank, count, rate, , deviation = "0"] = curves[name].args;
  const folder = join(out, `${name}-${seed}`);
  const report = join(folder, "training.json");
  const kept = () => JSON.parse(readFileSync(report, "utf8"));
  if (existsSync(report)) return kept();
  mkdirSync(folder, { recursive: true });
  let first = {};
  if (seed === OWN) {
    const from = join(out, `${name}-first.safetensors`);
    writeFileSync(from, firstBridge(name));
    first = { from, order: ownOrder() };
  }
  // Frozen features do not depend on the run.
  const [own, common] = [join(folder, "cache"), join(out, "cache")];
  if (existsSync(common)) renameSync(common, own);
  const pairs = await openPairs(join(fixture, "align/windows.safetensors"), {
    newTensor: "tokens_ppg",
    oldTensor: "tokens_ecg",
  });
  try {
    await align({
      newModel: join(fixture, "models/ppg_full.onnx"),
      oldModel: join(fixture, "models/ecg_full.onnx"),
      newAt: "h_7",
      oldAt: "h_6",
      pairs,
      out: folder,
      lossAt,
      start: prototypes === "randreal" ? "rows" : "random",
      ...first,
      rank: Number(rank),
      prototypes: Number(count),
      rate: Number(rate),
      epochs,
      bStd: Number(deviation),
      seed: seed === OWN ? SEED : Number(seed),
      schedule: CONSTANT_RATE.includes(name) ? "constant" : "cosine",
      patience: 0,
      keep: "last",
      scoreEvery: epochs,
      resume: existsSync(join(folder, "checkpoint.safetensors")),
      onProgress: ({ phase, done, total, loss }) => show(`${name}, seed ${seed}: ${phase}`, done, total, loss),
    });
  } finally {
    pairs.close();
    process.stderr.write("\n");
    if (existsSync(own)) renameSync(own, common);
  }
  return kept();
}

function show(phase, done, total, loss) {
  if (!process.stderr.isTTY && done % 100 !== 0 && done !== total) return;
  const text = `${phase} ${done} of ${total}${loss === undefined ? "" : `, loss ${loss.toFixed(4)}`}`;
  process.stderr.write(process.stderr.isTTY ? `\r${text}\x1b[K` : `${text}\n`);
}

/** 95 % interval of the balanced accuracy of a confusion matrix. */
function interval(confusion) {
  const random = new Random(1, "boot");
  const draws = Array.from({ length: DRAWS }, () => {
    const recalls = confusion.map((row, k) => {
      const all = row.reduce((sum, count) => sum + count, 0);
      let right = 0;
      for (let n = 0; n < all; n++) if (random.below(all) < row[k]) right++;
      return right / all;
    });
    return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  }).sort((a, b) => a - b);
  return [draws[Math.floor(0.025 * DRAWS)], draws[Math.floor(0.975 * DRAWS)]];
}

const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const percent = (share) => `${share < 0 ? "" : "+"}${(100 * share).toFixed(1)} %`;
const list = (numbers) => numbers.map((value) => value.toFixed(3)).join(", ");
const lines = [
  "| run | loss, reference | its start and order | seeds | mean, relative | accuracy, reference | its start and order | seeds |",
  "| --- | --- | --- | --- | --- | --- | --- | --- |",
];
for (const name of values.only?.split(",") ?? Object.keys(curves)) {
  const [, lossAt, , , , , epochs] = curves[name].args;
  const reference = curves[name].val.at(-1);
  const field = lossAt === "last" ? "last_layer_loss" : "bridge_output_loss";
  const found = [];
  for (const seed of [OWN, ...values.seeds.split(",")])
    found.push(await train(name, seed, Number(values.epochs ?? epochs)));
  const [again, ...others] = found;
  const losses = others.map(({ epochs }) => epochs.at(-1).valLoss);
  const scores = others.map(({ epochs }) => epochs.at(-1).balancedAccuracy);
  const { valLoss, balancedAccuracy } = again.epochs.at(-1);
  const [low, high] = interval(results[`bridge:${name}`].validation.confusion);
  const truth = `${reference.balanced_accuracy.toFixed(3)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  const relative = (loss) => percent(loss / reference[field] - 1);
  lines.push(
    `| ${name} | ${reference[field].toFixed(3)} | ${valLoss.toFixed(3)}, ${relative(valLoss)} | ${list(losses)} | ${relative(mean(losses))} | ${truth} | ${balancedAccuracy.toFixed(3)} | ${list(scores)} |`,
  );
  const apart = again.stepLoss.map((loss, n) => Math.abs(loss - curves[name].step_loss[n]));
  const steps = again.stepLoss.length / again.epochs.at(-1).epoch;
  const most = (count) => Math.max(...apart.slice(0, count)).toExponential(1);
  process.stderr.write(
    `${name}: losses of steps differ from the reference's by at most ${most(10)} in 10 steps, ${most(steps)} in the first epoch, ${most(apart.length)} in all\n`,
  );
}
console.log(lines.join("\n"));
