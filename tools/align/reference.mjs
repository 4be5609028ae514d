// Trains the bridges of the fixture's reference again, with its hyper-parameters and several seeds, and prints losses and accuracies side
// by side. The reference is one PyTorch run of each; its interval is a bootstrap (95 %, windows resampled within each class) of its
// confusion matrix.
//
//     npm run build && node tools/align/reference.mjs FIXTURE OUT [--only bo_randn_bs] [--seeds 1,2,3] [--epochs N]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random } from "../../dist/align/train/random.js";

const biox = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, seeds: { type: "string", default: "1,2,3" }, epochs: { type: "string" } },
});
const [fixture, out] = positionals;
const read = (name) => JSON.parse(readFileSync(join(fixture, "align", name), "utf8"));
const curves = read("training_curve.json");
const results = read("results.json");
const DRAWS = 2000;

function train(name, seed, epochs) {
  const [, lossAt, prototypes, rank, count, rate, , deviation = "0"] = curves[name].args;
  const folder = join(out, `${name}-${seed}`);
  mkdirSync(folder, { recursive: true });
  // Frozen features do not depend on the run.
  const [own, common] = [join(folder, "cache"), join(out, "cache")];
  if (existsSync(common)) renameSync(common, own);
  const resume = existsSync(join(folder, "checkpoint.safetensors")) ? ["--resume"] : [];
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      ...[
        biox,
        "align",
        "--json",
        "--new",
        join(fixture, "models/ppg_full.onnx"),
        "--old",
        join(fixture, "models/ecg_full.onnx"),
      ],
      ...[
        "--new-at",
        "h_7",
        "--old-at",
        "h_6",
        "--pairs",
        join(fixture, "align/windows.safetensors"),
        "--new-tensor",
        "tokens_ppg",
      ],
      ...[
        "--old-tensor",
        "tokens_ecg",
        "--out",
        folder,
        "--loss-at",
        lossAt,
        "--start",
        prototypes === "randreal" ? "rows" : "random",
      ],
      ...[
        "--rank",
        rank,
        "--prototypes",
        count,
        "--lr",
        rate,
        "--epochs",
        epochs,
        "--b-std",
        deviation,
        "--seed",
        seed,
      ],
      ...["--patience", "0", "--keep", "last", "--score-every", epochs, ...resume],
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1e8 },
  );
  if (existsSync(own)) renameSync(own, common);
  if (status !== 0) process.exit(1);
  return JSON.parse(stdout).epochs.at(-1);
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
console.log("| run | loss, reference | seeds | mean, relative | accuracy, reference | seeds | mean |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const name of values.only?.split(",") ?? Object.keys(curves)) {
  const [, lossAt, , , , , epochs] = curves[name].args;
  const reference = curves[name].val.at(-1);
  const field = lossAt === "last" ? "last_layer_loss" : "bridge_output_loss";
  const found = values.seeds.split(",").map((seed) => train(name, seed, values.epochs ?? epochs));
  const losses = found.map(({ valLoss }) => valLoss);
  const scores = found.map(({ balancedAccuracy }) => balancedAccuracy);
  const [low, high] = interval(results[`bridge:${name}`].validation.confusion);
  const list = (numbers) => numbers.map((value) => value.toFixed(3)).join(", ");
  const relative = `${mean(losses).toFixed(3)}, ${(100 * (mean(losses) / reference[field] - 1)).toFixed(1)} %`;
  const truth = `${reference.balanced_accuracy.toFixed(3)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  console.log(
    `| ${name} | ${reference[field].toFixed(3)} | ${list(losses)} | ${relative} | ${truth} | ${list(scores)} | ${mean(scores).toFixed(3)} |`,
  );
}
