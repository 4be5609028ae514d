import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { BioxError } from "../errors.js";
import { addonCandidates, loadAddon } from "./addon.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "biox-addon-"));
afterAll(() => rmSync(folder, { recursive: true }));

function failureOf(candidates: string[]): BioxError {
  try {
    loadAddon(candidates);
  } catch (error) {
    return error as BioxError;
  }
  throw new Error("the addon was loaded");
}

describe("the addon loader", () => {
  it("tries the local build, then what came with the package, which is for glibc", () => {
    const [built, ...rest] = addonCandidates({});
    expect(built).toBe(path.join(root, "build/Release/biox_bridge.node"));
    const { glibcVersionRuntime } = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header;
    const prebuilt = path.join(root, `prebuilds/${process.platform}-${process.arch}/biox_bridge.node`);
    expect(rest).toEqual(process.platform === "linux" && glibcVersionRuntime === undefined ? [] : [prebuilt]);
  });

  it("takes BIOX_ADDON and nothing else where it is set", () => {
    expect(addonCandidates({ BIOX_ADDON: "/opt/biox_bridge.node" })).toEqual(["/opt/biox_bridge.node"]);
  });

  it("names each path with its reason, and what to do", () => {
    const absent = path.join(folder, "absent.node");
    const text = path.join(folder, "text.node");
    writeFileSync(text, "not a library");
    const error = failureOf([absent, text, "biox-plan9-mips"]);
    expect(error).toBeInstanceOf(BioxError);
    expect(error.code).toBe("ADDON_NOT_FOUND");
    expect(error.message).toContain(`${process.platform}-${process.arch}`);
    expect(error.message).toContain(`${absent}: Cannot find module`);
    expect(error.message).toMatch(/text\.node: .*(file too short|invalid ELF header|not a mach-o|slice)/i);
    expect(error.message).toContain("biox-plan9-mips: Cannot find module 'biox-plan9-mips'");
    expect(error.message).not.toContain("\n");
    expect(error.hint).toContain("npm rebuild biox-edge");
    expect(error.hint).toContain("BIOX_ADDON");
  });

  it("refuses a build of another interface version", () => {
    const old = path.join(folder, "old.cjs");
    writeFileSync(old, "exports.interfaceVersion = 0;");
    expect(failureOf([old]).message).toContain("old.cjs: is of interface version 0, this release needs 5");
  });

  it("goes on to the next candidate", () => {
    const addon = loadAddon([path.join(folder, "absent.node"), ...addonCandidates()]);
    expect(addon.targets).toContain("scalar");
  });
});
