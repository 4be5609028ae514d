// Estimates cycles of the NEON kernels on Arm cores with LLVM's machine code analyser, and of one window of each route from them:
//   npm run build:ts && node tools/mca/estimate.mjs [neon.cc] > tables.md
// Arithmetic and loads that hit the first-level cache: no memory, no branch that goes the other way, nothing but the inner loops.
// Needs aarch64-linux-gnu-g++ and llvm-mca (Debian: apt-get install g++-aarch64-linux-gnu llvm; LLVM 14 has models for the first core only).
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { KERNEL_NAMES, kernelLoops } from "./loops.mjs";
import { analyse, COMPILER, compile, compilerVersion, findMca, ToolError } from "./machine.mjs";
import { windowWork } from "./work.mjs";

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

// LLVM has no model of its own for the Cortex cores: it takes that of the Cortex-A57 for all three. The Neoverse N1 is a Cortex-A76 for
// servers; the N2 comes from the Cortex-A710, which followed the A78 and has like it two vector pipes and three for loads.
const CORES = [
  { name: "Cortex-A72", cpu: "cortex-a72" },
  { name: "Cortex-A76", cpu: "neoverse-n1" },
  { name: "Cortex-A78AE", cpu: "neoverse-n2" },
];
const PLANS = ["factored", "folded"];

const row = (cells) => `| ${cells.join(" | ")} |`;
function table(head, rows) {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((cells) => String(cells[i]).length)));
  const padded = (cells) => row(cells.map((cell, i) => String(cell).padEnd(widths[i])));
  return `${[padded(head), row(widths.map((width) => "-".repeat(width))), ...rows.map(padded)].join("\n")}\n`;
}

/** Cycles of a window: each kernel's work at the rate of its loop, with weights in one precision. */
function windowCycles(loops, core, work, precision) {
  let cycles = 0;
  for (const [kernel, amount] of Object.entries(work)) {
    // Sums and tiles have one precision, whatever that of the weights.
    const same = loops.filter((loop) => loop.kernel === kernel);
    const loop = same.length === 1 ? same[0] : same.find((l) => l.precision === precision);
    if (loop === undefined) throw new ToolError(`There is no inner loop of ${kernel} with ${precision} weights.`);
    cycles += (amount / loop.work) * loop.cycles[core];
  }
  return cycles;
}

function main(source) {
  const mca = findMca();
  const compiler = compilerVersion();
  if (mca === undefined || compiler === undefined) {
    console.log(`skipped: no ${mca === undefined ? "llvm-mca" : COMPILER}`);
    return;
  }
  const loops = kernelLoops(compile(source));
  const missing = KERNEL_NAMES.filter((name) => !loops.some(({ kernel }) => kernel === name));
  if (missing.length > 0)
    throw new ToolError(`${source} has no inner loop of ${missing.join(", ")} that tools/mca/loops.mjs knows.`);
  const models = CORES.map(() => "");
  for (const loop of loops) {
    loop.cycles = CORES.map(({ cpu }, core) => {
      const { cycles, model } = analyse(mca, cpu, loop.lines);
      models[core] = model;
      return cycles;
    });
  }
  const precisions = loops.filter(({ kernel }) => kernel === "combine").map(({ precision }) => precision);

  console.log(
    `LLVM ${mca.version}; ${compiler}. Models: ${CORES.map((c, i) => `${c.name} by ${models[i]}`).join(", ")}.\n`,
  );
  const perLoop = (loop) =>
    CORES.map((_, i) => `${loop.cycles[i].toFixed(1)} (${(loop.work / loop.cycles[i]).toFixed(1)})`);
  console.log("Cycles of one iteration, and work a cycle:\n");
  console.log(
    table(
      ["kernel", "weights", "work", "stack", ...CORES.map(({ name }) => name)],
      loops.map((loop) => [loop.kernel, loop.precision, loop.work, loop.onStack, ...perLoop(loop)]),
    ),
  );
  const head = CORES.flatMap(({ name }) => precisions.map((precision) => `${name} ${precision}`));
  const lines = ROUTES.flatMap((route) =>
    PLANS.map((plan) => {
      const work = windowWork(route, plan);
      const cells = CORES.flatMap((_, i) => precisions.map((p) => windowCycles(loops, i, work, p)));
      return [`\`${route.name}\``, plan, ...cells.map((cycles) => Math.round(cycles / 1000))];
    }),
  );
  console.log("Thousands of cycles of one window:\n");
  console.log(table(["route", "plan", ...head], lines));
}

if (!existsSync(at("dist/bench/index.js"))) {
  console.error("dist/ is missing: run npm run build:ts first.");
  process.exit(1);
}
const { ROUTES } = await import("../../dist/bench/index.js");
try {
  main(process.argv[2] ?? at("native/kernels/neon.cc"));
} catch (error) {
  if (!(error instanceof ToolError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
