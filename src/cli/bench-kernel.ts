import { Command, Option } from "commander";
import type { KernelReport, KernelRoute } from "../bench/index.js";
import { BioxError } from "../index.js";
import { printJson, wholePositive } from "./options.js";

interface KernelFlags {
  route?: string;
  shape?: string;
  rounds: number;
  precision?: "float32" | "float16" | "int8";
  batch: number;
  json?: boolean;
}

export function benchKernelCommand(): Command {
  return new Command("kernel")
    .description("Times the bridge's kernels against ONNX Runtime and the machine's limits.")
    .option("--route <name>", "one of the five trained bridges, e.g. wesad-ecg2ppg; default: all of them")
    .option("--shape <sizes>", "any other bridge: C_in,T_in,C_out,T,r,P[,NTC|NCT[,tokens-first|channels-first|raw]]")
    .option("--rounds <n>", "samples of each contender, of which the median counts", wholePositive, 51)
    .addOption(
      new Option("--precision <type>", "of the weights; default: each in turn").choices(["float32", "float16", "int8"]),
    )
    .option("--batch <n>", "windows of one run, at most 64, measured beside single ones", wholePositive, 1)
    .option("--json", "one JSON object a route")
    .addHelpText(
      "after",
      `
Examples:
  $ biox bench kernel
  $ biox bench kernel --route wesad-ecg2ppg --json
  $ biox bench kernel --batch 8 --precision float32
  $ biox bench kernel --shape 64,1875,512,93,8,150,NCT`,
    )
    .action(run);
}

async function run(flags: KernelFlags): Promise<void> {
  // Loaded only here: no other command needs the ONNX writer or the float64 reference.
  const { benchKernel, findRoute, parseRoute, ROUTES } = await import("../bench/index.js");
  if (flags.route !== undefined && flags.shape !== undefined)
    throw new BioxError(
      "INVALID_ARGUMENT",
      "Options --route and --shape were both given.",
      "Give one of them, or none for all routes.",
    );
  const routes: readonly KernelRoute[] =
    flags.route !== undefined
      ? [findRoute(flags.route)]
      : flags.shape !== undefined
        ? [parseRoute(flags.shape)]
        : ROUTES;
  const speedups: number[] = [];
  for (const route of routes) {
    const report = await benchKernel(route, {
      rounds: flags.rounds,
      batch: flags.batch,
      ...(flags.precision === undefined ? {} : { precisions: [flags.precision] }),
    });
    speedups.push(report.speedup);
    if (flags.json) printJson(report);
    else process.stdout.write(`${table(report)}\n`);
  }
  if (flags.json || routes.length === 1) return;
  const mean = Math.exp(speedups.reduce((sum, x) => sum + Math.log(x), 0) / speedups.length);
  process.stdout.write(`geometric mean over ${routes.length} routes: ${mean.toFixed(1)}x as fast as ONNX Runtime\n`);
}

const COLUMNS = ["target", "plan", "precision", "us", "GB/s", "GFLOP/s", "roofline", "error"];
const BATCH_COLUMNS = ["batch", "after pool", "ratio", "after pool"];

function table({ route, results, onnxruntime, speedup, limits }: KernelReport): string {
  const batched = results.some(({ batch }) => batch > 1);
  const rows = results.map((result) => {
    const { target, plan, precision, planned, us, gbps, gflops, roofline, maxRelError } = result;
    const { batch, afterPoolUs, ratio, afterPoolRatio } = result;
    const cells = [
      target,
      planned ? `${plan} *` : plan,
      precision,
      us.toFixed(1),
      gbps.toFixed(1),
      gflops.toFixed(1),
      `${(100 * roofline).toFixed(0)} %`,
      maxRelError.toExponential(1),
    ];
    if (!batched) return cells;
    return [...cells, `${batch}`, ...[afterPoolUs?.toFixed(1), ratio?.toFixed(2), afterPoolRatio?.toFixed(2)]];
  });
  rows.push([
    "onnxruntime",
    "",
    "float32",
    onnxruntime.us.toFixed(1),
    "",
    "",
    "",
    onnxruntime.maxRelError.toExponential(1),
  ]);
  const line = (cells: readonly (string | undefined)[]): string =>
    cells.map((cell = "", i) => (i < 3 ? cell.padEnd(13) : cell.padStart(i < 9 ? 10 : 12))).join("");
  const read = limits.read.map(({ bytes, gbps }) => `${gbps.toFixed(0)} GB/s for ${(bytes / 1e6).toFixed(2)} MB`);
  return [
    `${route}: ${speedup.toFixed(1)}x as fast as ONNX Runtime`,
    line([...COLUMNS, ...(batched ? BATCH_COLUMNS : [])]),
    ...rows.map(line),
    "* the plan that a bridge takes by itself",
    `limits here: ${limits.gflops.toFixed(0)} GFLOP/s; reads ${read.join(", ")}`,
    "",
  ].join("\n");
}
