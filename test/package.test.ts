/**
 * What npm packs, installed as a user would on a machine without compilers: the README's quickstart, the library, and the arm64
 * files on an emulated processor. Packs a copy of the sources, so that no other test sees dist/ or build/ change.
 */

import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { biox, type Launcher } from "./support/biox.js";
import { expectStage, STAGES, tensor } from "./support/stages.js";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-package-"));
afterAll(() => rmSync(folder, { recursive: true }));
const [copy, bin, app] = [join(folder, "copy"), join(folder, "bin"), join(folder, "app")];
const installed = join(app, "node_modules/biox-edge");

const onPath = (name: string): string | undefined =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((place) => join(place, name))
    .find(existsSync);

const packs = process.platform === "linux" && ["x64", "arm64"].includes(process.arch) && onPath("cmake") !== undefined;
if (!packs) process.stdout.write("skipped: prebuilt files are made on Linux on x64 or arm64, with CMake\n");
const crosses = packs && process.arch === "x64" && onPath("aarch64-linux-gnu-g++") !== undefined;
if (packs && !crosses)
  process.stdout.write("skipped: no aarch64-linux-gnu-g++ on x64, so no arm64 files in the package\n");
const emulates = crosses && existsSync(join(root, "build/arm64/node/bin/node"));
if (crosses && !emulates) process.stdout.write("skipped: no build/arm64 (tools/arm64/prepare.sh makes it)\n");

/** Settings of the npm that runs these tests would reach the one that they run. */
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|BIOX_|NODE_)/i.test(name)));
/** The environment of a user whose machine has Node, npm and a shell, and nothing to compile with. */
const user = { ...clean, PATH: bin, ONNXRUNTIME_NODE_INSTALL: "skip" };

const host = `linux-${process.arch}`;
const platforms = crosses ? ["linux-arm64", "linux-x64"] : [host];

beforeAll(async () => {
  if (!packs) return;
  const { files, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const packed = (files as string[]).filter((name) => !name.startsWith("!") && !["dist", "prebuilds"].includes(name));
  const others = [
    "src",
    "web",
    "tools",
    "package.json",
    "README.md",
    "LICENSE",
    "tsconfig.json",
    "tsconfig.build.json",
  ];
  for (const name of [...packed, ...others]) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(realpathSync(join(root, "node_modules")), join(copy, "node_modules"));
  const env = { ...clean, BIOX_PREBUILDS: platforms.join(",") };
  await execute("npm", ["pack", "--pack-destination", folder], { cwd: copy, env });

  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "node"));
  for (const name of ["npm", "npx", "sh"]) symlinkSync(realpathSync(onPath(name)!), join(bin, name));
  mkdirSync(app);
  // Without one npm installs into whatever folder above has one, or node_modules.
  writeFileSync(join(app, "package.json"), JSON.stringify({ private: true }));
  const tarball = join(folder, `biox-edge-${version}.tgz`);
  await execute("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], { cwd: app, env: user });
}, 300_000);

describe.runIf(packs)("the package", () => {
  it("was installed where nothing can compile, and compiled nothing", () => {
    const compilers = ["cc", "gcc", "g++", "clang", "cmake", "make", "python3", "python"];
    const found = compilers.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`], { env: user }).status === 0);
    expect(found).toEqual([]);
    expect(existsSync(join(installed, "build"))).toBe(false);
    for (const platform of platforms)
      for (const file of ["biox_bridge.node", "biox-emulator"])
        expect(existsSync(join(installed, "prebuilds", platform, file)), `${platform}/${file}`).toBe(true);
    for (const left of ["cmake-js", "node-gyp", "typescript", "vitest"])
      expect(existsSync(join(app, "node_modules", left)), left).toBe(false);
  });

  it("holds what its users need, and no tests", async () => {
    const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    const { stdout } = await execute("npm", args, { cwd: copy, env: clean });
    const [{ files, unpackedSize }] = JSON.parse(stdout);
    const names: string[] = files.map(({ path }: { path: string }) => path);
    expect(names.filter((name) => /(^|\/)tests?\/|\.test\.|\.map$|\.golden\.|^(src|tools)\//.test(name))).toEqual([]);
    for (const name of [
      "LICENSE",
      "binding.gyp",
      "bundles/demo/bundle.json",
      "docs/cli.md",
      "dist/index.d.ts",
      "dist/web/page.js",
    ])
      expect(names).toContain(name);
    expect(unpackedSize).toBeLessThan(7e6);
  });

  it("runs the README's quickstart", async () => {
    const readme = readFileSync(join(installed, "README.md"), "utf8");
    const [, command = ""] = /^npx (biox run node_modules\/.*?) *#/m.exec(readme) ?? [];
    const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
    const { stdout, stderr } = await execute("npx", args, { cwd: app, env: user });
    expect(stderr.replace(/^npm (warn|notice).*\n/gm, "")).toBe("");
    const lines = stdout
      .split("\n", 1000)
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ type }) => type === "prediction").length).toBeGreaterThan(3);
    expect(lines.find(({ type }) => type === "prediction").label).toBe("rest (below 95 bpm)");
    expect(lines.at(-1)).toMatchObject({ type: "summary", lost: 0, unpredicted: 0 });
  });

  it("is imported by a program", () => {
    const program =
      'import { loadBundle, simd } from "biox-edge"; console.log(simd().available.at(-1), typeof loadBundle);';
    const args = ["--input-type=module", "--eval", program];
    const { stdout, stderr } = spawnSync("node", args, { cwd: app, env: user, encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "scalar function\n", stderr: "" });
  });

  it("says what is missing where no prebuilt file fits and nothing can compile", () => {
    const elsewhere = join(folder, "elsewhere");
    cpSync(installed, elsewhere, { recursive: true, filter: (path) => !path.endsWith(join("prebuilds", host)) });
    const { status, stderr } = spawnSync("npm", ["run", "install"], { cwd: elsewhere, env: user, encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("biox-edge could not build its addon: node-gyp failed");
    expect(stderr).toContain("apt-get install g++ make python3");
  });
});

describe.runIf(packs)("npm run prebuilds", () => {
  const prebuild = (...platform: string[]) =>
    spawnSync("node", ["tools/package/prebuild.mjs", ...platform], { cwd: copy, env: user, encoding: "utf8" });

  it.runIf(process.arch === "x64")("says which compiler is missing and what installs it, and removes nothing", () => {
    const { status, stderr } = prebuild();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^aarch64-linux-gnu-g\+\+ is missing, .*apt-get install g\+\+-aarch64-linux-gnu\)/);
    expect(existsSync(join(copy, "prebuilds", host, "biox_bridge.node"))).toBe(true);
  });

  it("refuses a platform for which it has no recipe", () => {
    expect(prebuild("win32-x64").stderr).toBe("Expected one of linux-x64, linux-arm64, but received 'win32-x64'.\n");
  });
});

describe.runIf(emulates)("the package on arm64, under emulation", () => {
  const qemu = ["-L", join(root, "build/arm64/prefix"), "-cpu", "cortex-a72"];
  const main = join(installed, "dist/cli/main.js");
  const arm64: Launcher = ["qemu-aarch64-static", ...qemu, join(root, "build/arm64/node/bin/node"), main];

  it("agrees with PyTorch on the demo's golden windows", async () => {
    const [input, out] = [join(root, "test/golden/demo-golden.safetensors"), join(folder, "arm64.safetensors")];
    const args = ["infer", join(installed, "bundles/demo"), "--in", input, "--out", out];
    const { code, stderr } = await biox(args, { BIOX_ADDON: "", BIOX_SIMD: "neon" }, arm64);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [result, golden] = [readSafetensors(out), readSafetensors(input)];
    for (const stage of STAGES) expectStage(stage, tensor(result, stage), tensor(golden, stage));
  });

  it("has an emulated wearable that needs no library of the system", async () => {
    const emulator = join(installed, "prebuilds/linux-arm64/biox-emulator");
    const child = spawn("qemu-aarch64-static", [emulator, "--duration", "1"], { stdio: ["ignore", "pipe", "inherit"] });
    const [first] = await once(child.stdout, "data");
    child.kill();
    expect(JSON.parse(String(first))).toMatchObject({ type: "tty", path: expect.stringMatching(/^\/dev\/pts\/\d+$/) });
  });
});
