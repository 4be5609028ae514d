/** The README's commands and code, run as they stand. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { biox } from "./support/biox.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map((match) => match[1]!);

afterAll(() => {
  for (const file of ["walk.bioxrec", "walk.csv"]) rmSync(root + file, { force: true });
});

describe("README", () => {
  it("links only to files that exist", () => {
    const links = [...readme.matchAll(/\]\(([^):#]+)(#[^)]*)?\)/g)].map((match) => match[1]!);
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((link) => !existsSync(root + link))).toEqual([]);
  });

  it("shows commands that work", async () => {
    const commands = blocks("sh")
      .flatMap((block) => block.split("\n"))
      // Those of an installed package are run by package.test.ts.
      .filter((line) => line.startsWith("npx biox ") && !/\/dev\/ttyUSB0|node_modules/.test(line))
      .map((line) => line.replace(/#.*/, "").trim().slice("npx biox ".length));
    expect(commands.length).toBeGreaterThanOrEqual(5);
    for (const command of commands) {
      const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2]!);
      const { code, stdout, stderr } = await biox(args);
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: "" });
      if (args[0] === "run") expect(stdout).toContain('"type":"prediction"');
    }
  });

  it("shows a configuration that can be used", async () => {
    const folder = mkdtempSync(join(tmpdir(), "biox-readme-"));
    symlinkSync(`${root}bundles`, join(folder, "bundles"));
    const path = join(folder, "gateway.yaml");
    writeFileSync(path, blocks("yaml")[0]!);
    const { code, stdout, stderr } = await biox(["serve", "--check", path]);
    rmSync(folder, { recursive: true });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "The configuration is right: 2 wearers, 1 bundles.\n",
      stderr: "",
    });
  });

  it("shows code that works", async () => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", blocks("js")[0]!], { cwd: root });
    let stdout = "";
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => {
      stderr += text;
    });
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (text: Buffer) => {
        stdout += text;
        if (stdout.split("\n").length > 3) child.kill("SIGINT");
      });
      child.on("close", () => resolve());
    });
    expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^rest \(below 95 bpm\) [01]\.\d\d \d+\.\d ms after its last byte\n/);
  });
});
