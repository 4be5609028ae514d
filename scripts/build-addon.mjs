// Builds build/Release/biox_bridge.node and the emulator: with cmake-js where it and CMake are installed, else with node-gyp.
// BIOX_BUILD=cmake or BIOX_BUILD=gyp forces one of them. Quiet unless it fails. What npm runs at install is install.mjs.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const addon = path.join(root, "build", "Release", "biox_bridge.node");
const nodePrefix = path.dirname(path.dirname(process.execPath));
// Headers that came with this Node; with them no build has to download any.
const nodeHeaders = existsSync(path.join(nodePrefix, "include", "node", "node_api.h")) ? nodePrefix : undefined;

function run(command, args, env = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", env: { ...process.env, ...env } });
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error ? `${result.error.message}\n` : ""}`;
  return { ok: result.status === 0, output };
}

function runNode(script, args, env) {
  return run(process.execPath, [script, ...args], env);
}

/** A script of a package that a clone has and an installed package may lack. */
function installed(script) {
  try {
    return require.resolve(script);
  } catch {
    return undefined;
  }
}

function fail(reason) {
  console.error(
    `biox-edge could not build its addon: ${reason}. It needs a C++17 compiler, make and Python 3, or CMake in a clone (Debian: ` +
      "apt-get install g++ make python3; macOS: xcode-select --install). Then run npm ci again in a clone, npm rebuild biox-edge elsewhere.",
  );
  process.exit(1);
}

function buildWithCmake() {
  const script = cmakeJs ?? fail("BIOX_BUILD=cmake asks for the package cmake-js, which is not installed");
  // cmake-js takes the headers from here too, in place of its own download; the build itself uses node-api-headers.
  const env = nodeHeaders && !process.env.npm_config_nodedir ? { npm_config_nodedir: nodeHeaders } : {};
  const configured = runNode(script, ["configure", "--log-level", "error"], env);
  const built = configured.ok ? runNode(script, ["build", "--log-level", "error"], env) : configured;
  if (built.ok) return built;
  // A build folder that another generator, compiler or location left behind: once more from nothing.
  return runNode(script, ["rebuild", "--log-level", "error"], env);
}

function buildWithGyp() {
  // npm brings one and names it here.
  const script =
    process.env.npm_config_node_gyp ??
    installed("node-gyp/bin/node-gyp.js") ??
    fail("neither CMake with cmake-js nor node-gyp is there, and npm brings node-gyp only to what it runs itself");
  return runNode(script, ["rebuild", ...(nodeHeaders ? [`--nodedir=${nodeHeaders}`] : [])]);
}

const forced = process.env.BIOX_BUILD;
if (forced !== undefined && forced !== "cmake" && forced !== "gyp") {
  console.error(`BIOX_BUILD must be cmake or gyp, not '${forced}'.`);
  process.exit(1);
}
const cmakeJs = installed("cmake-js/bin/cmake-js");
const tool = forced ?? (cmakeJs && run("cmake", ["--version"]).ok ? "cmake" : "gyp");
const started = Date.now();
const result = tool === "cmake" ? buildWithCmake() : buildWithGyp();
if (!result.ok || !existsSync(addon)) {
  process.stderr.write(result.output);
  fail(`${tool === "cmake" ? "cmake-js" : "node-gyp"} failed, as written above`);
}
const seconds = ((Date.now() - started) / 1000).toFixed(1);
console.log(`built ${path.relative(root, addon)} with ${tool === "cmake" ? "cmake-js" : "node-gyp"} in ${seconds} s`);
