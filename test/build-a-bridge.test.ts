/** docs/build-a-bridge.md, run as it stands: from two models and recordings to live predictions. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newModel, oldModel } from "./support/pair-models.js";
import { seeded } from "./support/seeded.js";

const docs = fileURLToPath(new URL("../docs/", import.meta.url));
const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const tutorial = readFileSync(join(docs, "build-a-bridge.md"), "utf8");
const blocks = (language: string): string[] =>
  [...tutorial.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map((match) => match[1]!);
const commands = blocks("sh")
  .flatMap((block) => block.split("\n"))
  .filter((line) => line.startsWith("biox "))
  .map((line) => [...line.slice("biox ".length).matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2]!));

const folder = mkdtempSync(join(tmpdir(), "biox-build-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two minutes in which both signals follow one hidden state that changes every ten seconds. */
function recording(seed: number): string {
  const random = seeded(seed);
  const rows = ["ppg,ecg,state"];
  let level = 0;
  for (let i = 0; i < 120 * 50; i++) {
    if (i % 500 === 0) level = random();
    const beat = Math.sin((i / 50) * 2 * Math.PI * (1 + level));
    rows.push(
      `${(2000 + 300 * level * beat + 40 * random()).toFixed(2)},${(level - 0.5 + 0.5 * beat + 0.1 * random()).toFixed(4)},${level > 0.5 ? 1 : 0}`,
    );
  }
  return `${rows.join("\n")}\n`;
}

beforeAll(() => {
  writeFileSync(join(folder, "ppg.onnx"), newModel());
  writeFileSync(join(folder, "ecg.onnx"), oldModel());
  mkdirSync(join(folder, "recordings"));
  for (const [seed, name] of ["anna", "ben", "carla", "david"].entries())
    writeFileSync(join(folder, "recordings", `${name}.csv`), recording(seed + 1));
  writeFileSync(join(folder, "recordings/pairs.yaml"), blocks("yaml")[0]!);
  writeFileSync(join(folder, "description.json"), blocks("json")[0]!);
});

function biox(args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

describe("build-a-bridge.md", () => {
  it("shows every step, one after another", () => {
    expect(commands.map(([name, second]) => (name === "bundle" ? `bundle ${second}` : name))).toEqual([
      ...["inspect", "inspect", "select", "align", "cut", "cut", "bundle pack", "bundle check", "eval", "run"],
    ]);
  });

  it("shows commands that work, from models and recordings to live predictions", () => {
    const said = commands.map((args) => {
      const { code, stdout, stderr } = biox(args);
      expect({ command: args.join(" "), code, stderr: stderr.replace(/^biox: note.*\n/gm, "") }).toEqual({
        command: args.join(" "),
        code: 0,
        stderr: "",
      });
      return stdout;
    });
    const selection = JSON.parse(readFileSync(join(folder, "selection.json"), "utf8"));
    // The tutorial cuts where these models are chosen to be cut.
    for (const place of [selection.new.tensor, selection.old.tensor]) expect(tutorial).toContain(`--at ${place} `);
    for (const file of ["selection.svg", "bridge/curve.svg", "report.html", "my-bundle/golden.safetensors"])
      expect(existsSync(join(folder, file)), file).toBe(true);
    const { provenance } = JSON.parse(readFileSync(join(folder, "my-bundle/bundle.json"), "utf8"));
    expect(provenance.sources).toHaveLength(2);
    expect(provenance).toMatchObject({
      selection: { scores: expect.any(Object) },
      training: { pairs: expect.any(Array) },
    });
    const { scores, subjects } = JSON.parse(readFileSync(join(folder, "evaluation.json"), "utf8"));
    expect(subjects).toEqual(["carla", "david"]);
    expect(scores.map(({ id }: { id: string }) => id)).toEqual(["oracle", "bridge", "random", "majority"]);
    const lines = said
      .at(-1)!
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const predictions = lines.filter(({ type }) => type === "prediction");
    expect(predictions.length).toBeGreaterThan(50);
    for (const { label, probs } of predictions) {
      expect(["calm", "active"]).toContain(label);
      expect(probs[0] + probs[1]).toBeCloseTo(1, 5);
    }
  });
});
