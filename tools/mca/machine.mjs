// Runs the cross-compiler and llvm-mca. The newest llvm-mca on the path is taken: LLVM 14 has no models of Neoverse cores.
import { spawnSync } from "node:child_process";

export const COMPILER = "aarch64-linux-gnu-g++";
// Those of a release build, CMakeLists.txt.
const FLAGS = ["-std=c++17", "-O3", "-DNDEBUG", "-fPIC", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti"];
const NEWEST_LLVM = 30;
const OLDEST_LLVM = 14;

export class ToolError extends Error {}

function run(command, args, input) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { input, encoding: "utf8", maxBuffer: 1 << 26 });
  if (error) throw new ToolError(`${command} could not be started: ${error.message}.`);
  if (status !== 0) throw new ToolError(`'${command} ${args.join(" ")}' failed:\n${stderr}`);
  return stdout;
}

const version = (command) => spawnSync(command, ["--version"], { encoding: "utf8" }).stdout;

/** The first line that tells the compiler's version; undefined where there is none. */
export const compilerVersion = () => version(COMPILER)?.split("\n")[0];

/** Name and LLVM's version of llvm-mca, the newest that is there; undefined without one. */
export function findMca() {
  const names = ["llvm-mca"];
  for (let number = OLDEST_LLVM; number <= NEWEST_LLVM; number++) names.push(`llvm-mca-${number}`);
  const found = names.flatMap((name) => {
    const [, number] = /LLVM version ([\d.]+)/.exec(version(name) ?? "") ?? [];
    return number === undefined ? [] : [{ name, version: number }];
  });
  return found.sort((a, b) => Number.parseInt(b.version, 10) - Number.parseInt(a.version, 10))[0];
}

/** A kernel's source as assembly. */
export const compile = (source) => run(COMPILER, [...FLAGS, "-S", "-o", "-", source]);

/**
 * Cycles of one iteration of a loop once it runs steadily, and the name of the scheduling model that LLVM has for the processor: the
 * common beginning of its execution units' names, such as `A57` or `N1`.
 */
export function analyse(mca, cpu, lines) {
  const total = (iterations) => {
    const args = ["-mtriple=aarch64-linux-gnu", `-mcpu=${cpu}`, `-iterations=${iterations}`];
    const text = run(mca.name, args, `${lines.join("\n")}\n`);
    const [, cycles] = /^Total Cycles: +(\d+)$/m.exec(text) ?? [];
    const [, model] = /^\[\d+(?:\.\d+)?\] +- (\w+?)Unit\w+$/m.exec(text) ?? [];
    if (cycles === undefined || model === undefined)
      throw new ToolError(`${mca.name} told no cycles or units:\n${text}`);
    return { cycles: Number(cycles), model };
  };
  // The difference leaves out how the first iterations fill the pipeline.
  const [few, many] = [total(100), total(300)];
  return { cycles: (many.cycles - few.cycles) / 200, model: many.model };
}
