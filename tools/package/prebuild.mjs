// Builds prebuilds/PLATFORM-ARCH/{biox_bridge.node,biox-emulator} for the package: node tools/package/prebuild.mjs [PLATFORM-ARCH...]
// Without arguments those in BIOX_PREBUILDS (separated by commas), or all. Runs on Linux; the other processor needs a cross-compiler.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const FILES = ["biox_bridge.node", "biox-emulator"];
const TARGETS = {
  "linux-x64": {},
  "linux-arm64": {
    compiler: "aarch64-linux-gnu-g++",
    debian: "g++-aarch64-linux-gnu",
    toolchain: "cmake/linux-arm64.cmake",
  },
};
/** What Node 20 itself asks of a Linux system: nobody can have less. */
const NEWEST = { GLIBC: "2.28", GLIBCXX: "3.4.21", CXXABI: "1.3.11" };

class PrebuildError extends Error {}

function run(command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status === 0) return;
  if (error?.code !== "ENOENT")
    throw new PrebuildError(`${stdout ?? ""}${stderr ?? ""}'${command} ${args.join(" ")}' failed.`);
  throw new PrebuildError(`${command} is missing; install it (Debian: apt-get install g++ make cmake).`);
}

const isThere = (command) => spawnSync(command, ["--version"]).error === undefined;
const number = (version) => version.split(".").reduce((sum, part, i) => sum + Number(part) / 1000 ** i, 0);

/** The newest version of each library that a dynamically linked file names, by the strings of its version table. */
function newestSymbols(file) {
  const text = readFileSync(file, "latin1");
  const newest = {};
  for (const [, library, version] of text.matchAll(/\0(GLIBC|GLIBCXX|CXXABI)_([\d.]+)(?=\0)/g))
    if (newest[library] === undefined || number(version) > number(newest[library])) newest[library] = version;
  return newest;
}

function checkSymbols(file) {
  const newest = newestSymbols(file);
  if (newest.GLIBC === undefined) throw new PrebuildError(`${file} names no version of glibc: is it a Linux library?`);
  for (const [library, version] of Object.entries(newest))
    if (number(version) > number(NEWEST[library]))
      throw new PrebuildError(
        `${file} needs ${library}_${version}, and packages may need ${NEWEST[library]} at most: 'objdump -T' names the ` +
          "function; give it an older version in cmake/glibc-2.17.h.",
      );
  return Object.entries(newest).map(([library, version]) => `${library}_${version}`);
}

const isNative = (name) => name === `${process.platform}-${process.arch}`;

function checkTools(name) {
  const target = TARGETS[name];
  if (target === undefined)
    throw new PrebuildError(`Expected one of ${Object.keys(TARGETS).join(", ")}, but received '${name}'.`);
  if (!isNative(name) && (target.toolchain === undefined || !isThere(target.compiler)))
    throw new PrebuildError(
      target.toolchain === undefined
        ? `${name} can only be built on such a machine; BIOX_PREBUILDS=linux-arm64 leaves it out.`
        : `${target.compiler} is missing, which builds ${name} here: install it (Debian: apt-get install ` +
            `${target.debian}), or leave ${name} out of the package with BIOX_PREBUILDS=${process.platform}-${process.arch}.`,
    );
}

function prebuild(name) {
  const build = path.join("build", "prebuild", name);
  const toolchain = isNative(name) ? [] : [`-DCMAKE_TOOLCHAIN_FILE=${path.join(root, TARGETS[name].toolchain)}`];
  run("cmake", ["-S", ".", "-B", build, "-DBIOX_PORTABLE=ON", ...toolchain]);
  run("cmake", ["--build", build, "--parallel", "2"]);
  const symbols = checkSymbols(path.join(root, build, "Release", FILES[0]));

  const folder = path.join(root, "prebuilds", name);
  mkdirSync(folder, { recursive: true });
  for (const file of FILES) copyFileSync(path.join(root, build, "Release", file), path.join(folder, file));
  const sizes = FILES.map((file) => `${file} ${Math.ceil(statSync(path.join(folder, file)).size / 1024)} KiB`);
  console.log(`prebuilds/${name}: ${sizes.join(", ")}; needs ${symbols.join(", ")}`);
}

const given = process.argv.slice(2);
const names = given.length > 0 ? given : (process.env.BIOX_PREBUILDS?.split(",") ?? Object.keys(TARGETS));
try {
  for (const name of names) checkTools(name);
  // A package holds what was asked for, and nothing that an earlier release left behind.
  rmSync(path.join(root, "prebuilds"), { recursive: true, force: true });
  for (const name of names) prebuild(name);
} catch (error) {
  if (!(error instanceof PrebuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
