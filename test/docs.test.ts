/** The documentation names what there is, all of it, and nothing else. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEVICES, ERROR_CODES, parseSteps, SIM_RANGES } from "biox-edge";
import { afterAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { manifestSchema } from "../src/bundle/manifest-schema.js";
import type { Parameters } from "../src/prepare/parameters.js";
import { StepPlace } from "../src/prepare/place.js";
import { STEP_DEFINITIONS } from "../src/prepare/steps/index.js";
import { biox, type Line } from "./support/biox.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-docs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);

/** Text of a section of the second or third level, up to the next heading of its own level or above. */
function section(text: string, title: string): string {
  const start = new RegExp(`^(#{2,3}) ${title}$`, "m").exec(text);
  if (!start) throw new Error(`There is no section '${title}'.`);
  const rest = text.slice(start.index + start[0].length);
  const end = rest.search(new RegExp(`^#{2,${start[1]!.length}} `, "m"));
  return end < 0 ? rest : rest.slice(0, end);
}

/** Rows of all tables as cells, without heads. */
function rows(text: string): string[][] {
  const tables = text.match(/^\|.*\|\n\| ?---.*\n(\|.*\|\n?)+/gm) ?? [];
  return tables.flatMap((table) =>
    table
      .trim()
      .split("\n")
      .slice(2)
      .map((row) =>
        row
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

const ticked = (cell: string): string[] => all(cell, /`([^`]+)`/g);

describe("errors.md", () => {
  const text = read("docs/errors.md");

  it("has one section for each code", () => {
    expect(all(text, /^### (.+)$/gm).sort()).toEqual([...ERROR_CODES].sort());
  });

  it.each([...ERROR_CODES])("says of %s what it means, how it reads, and what to do", (code) => {
    expect(section(text, code)).toMatch(/^\n\n[^>\n][\s\S]+?\n\n> [\s\S]+?\n\n[^>\n]/);
  });
});

describe("cli.md", () => {
  const text = read("docs/cli.md");
  const options = (of: string): string[] => sorted(all(of, /(--[a-z][a-z-]*)/g).filter((name) => name !== "--help"));

  /** Names of the commands below one, and the part of its help that lists options. */
  async function help(command: string[]): Promise<{ options: string[]; commands: string[] }> {
    const { code, stdout } = await biox([...command, "--help"]);
    expect(code).toBe(0);
    const [, listed = ""] = /\nOptions:\n([\s\S]*?)(\n\n|$)/.exec(stdout) ?? [];
    const [, below = ""] = /\nCommands:\n([\s\S]*?)(\n\n|$)/.exec(stdout) ?? [];
    return { options: options(listed), commands: all(below, /^ {2}([a-z]+)/gm) };
  }

  it("names every command and exactly its options", async () => {
    const top = await help([]);
    expect(top.commands).toContain("run");
    for (const option of top.options) expect(text).toContain(`\`${option}\``);
    const check = async (command: string[]): Promise<void> => {
      const { options: expected, commands } = await help(command);
      if (commands.length === 0) expect(options(section(text, command.join(" "))), command.join(" ")).toEqual(expected);
      for (const name of commands) if (name !== "help") await check([...command, name]);
    };
    for (const name of top.commands) {
      expect(text).toMatch(new RegExp(`\`biox ${name}[ \`]`));
      if (name !== "help") await check([name]);
    }
  });

  it("names every parameter of a simulated source", () => {
    const [, sim = ""] = section(text, "Sources").split("**`sim:`**");
    expect(sorted(rows(sim).flatMap(([name]) => ticked(name!)))).toEqual(
      sorted([...Object.keys(SIM_RANGES), "script", "channel"]),
    );
  });

  it("names every environment variable that is read", () => {
    const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((n) =>
      n.endsWith(".ts"),
    );
    const code = [...files.map((name) => read(join("src", name))), read("scripts/build-addon.mjs")].join("\n");
    const named = rows(section(text, "Environment")).flatMap(([name]) => ticked(name!));
    expect(sorted(named)).toEqual(sorted(all(code, /\benv\.((?:BIOX|ORT)_[A-Z_]+)/g)));
  });

  it("names every field that a run prints", async () => {
    await buildTinyBundle(folder, { rate: 100, seconds: 2, hop: 0.5 });
    const from = "sim:?rate=250&duration=20&speed=10&seed=2&drop=0.2";
    const { lines } = await biox(["run", folder, "--from", from, "--json"]);
    const types = ["start", "prediction", "unpredicted", "gap", "note", "summary"];
    expect(sorted(lines.map((line) => line.type))).toEqual(sorted(types));
    const keys = (value: Line): string[] =>
      value && typeof value === "object"
        ? Object.entries(value).flatMap(([key, item]) => [...(Array.isArray(value) ? [] : [key]), ...keys(item)])
        : [];
    // Paragraphs of the section by the words in bold with which they begin; examples may hold backticks of their own.
    const [, ...parts] = section(text, "Events")
      .replace(/```[\s\S]*?```/g, "")
      .split("\n**");
    const named = (title: string): string[] =>
      ticked(parts.find((part) => part.startsWith(`${title}**`))!).flatMap((name) => name.replace("[]", "").split("."));
    for (const type of types) {
      const known = new Set(["type", ...named(type), ...(type === "summary" ? named("link counters") : [])]);
      const printed = lines.filter((line) => line.type === type).flatMap(keys);
      expect(sorted(printed.filter((key) => !known.has(key))), type).toEqual([]);
    }
  });
});

/** Every parameter name that a step asks for, whichever others are given. */
function parametersOf(step: string): string[] {
  const asked = new Set<string>();
  const optional = new Set<string>();
  const reading = (given: ReadonlySet<string>, choice: number): void => {
    let number = 1;
    // Numbers rise and are odd, so that no check between two of them ends the reading early.
    const next = (name: string): number => {
      asked.add(name);
      number += 2;
      return number;
    };
    const fake = {
      place: new StepPlace(1, step),
      has: (name: string) => {
        asked.add(name);
        optional.add(name);
        return given.has(name);
      },
      number: next,
      integer: next,
      choice: (name: string, options: readonly string[]) => {
        asked.add(name);
        return options[choice % options.length]!;
      },
    };
    try {
      STEP_DEFINITIONS.get(step)!.read(fake as unknown as Parameters);
    } catch {
      // A combination that the step refuses.
    }
  };
  for (let known = -1; known < optional.size; ) {
    known = optional.size;
    const names = [...optional];
    for (let subset = 0; subset < 2 ** names.length; subset++)
      for (let choice = 0; choice < 4; choice++) reading(new Set(names.filter((_, i) => subset & (1 << i))), choice);
  }
  return sorted(asked);
}

describe("bundle.md", () => {
  const text = read("docs/bundle.md");

  it("names every prepare step with exactly its parameters", () => {
    const named: Record<string, string[]> = {};
    let step = "";
    for (const [first, second] of rows(section(text, "prepare")).filter((row) => row.length === 5)) {
      step = ticked(first!)[0] ?? step;
      named[step] = sorted([...(named[step] ?? []), ...ticked(second!)]);
    }
    expect(named).toEqual(Object.fromEntries([...STEP_DEFINITIONS.keys()].map((name) => [name, parametersOf(name)])));
  });

  it("names every field of bundle.json", () => {
    const paths = (entries: object, prefix = ""): string[] =>
      Object.entries(entries).flatMap(([key, schema]) =>
        // What may be left out is wrapped.
        (schema.wrapped ?? schema).entries
          ? paths((schema.wrapped ?? schema).entries, `${prefix}${key}.`)
          : [prefix + key],
      );
    const named = rows(section(text, "bundle.json")).flatMap(([field]) => ticked(field!));
    for (const path of paths(manifestSchema.entries)) expect(named).toContain(path);
  });

  it("gives preparations that can be read", () => {
    const examples = all(text, /```json\n(\[[\s\S]*?\n)```/g);
    expect(examples.length).toBeGreaterThan(3);
    for (const example of examples) expect(parseSteps(JSON.parse(example)).length).toBeGreaterThan(2);
  });

  it("shows how to make a bundle by an example that runs", async () => {
    await buildTinyBundle(join(folder, "export"));
    const [example = ""] = all(text, /<!-- example: make-bundle -->\n```js\n([\s\S]*?)```/g);
    const library = new URL("../dist/index.js", import.meta.url).href;
    writeFileSync(join(folder, "example.mjs"), example.replace('"biox-edge"', JSON.stringify(library)));
    const printed = execFileSync(process.execPath, ["example.mjs"], { cwd: folder, encoding: "utf8" });
    expect(printed).toMatch(/^(folded|factored)\n$/);
    expect((await biox(["bundle", "verify", join(folder, "my-bundle.tar")])).code).toBe(0);
  });
});

it("devices.md lists every device with its speed and its options", () => {
  const named = rows(section(read("docs/devices.md"), "What is supported")).map(([id, , speed, options]) => ({
    id: ticked(id!)[0],
    speed,
    options: ticked(options!),
  }));
  expect(named).toEqual(
    DEVICES.map(({ id, serial: { baud, parity }, options }) => ({
      id,
      speed: parity === "none" ? `${baud}` : `${baud}, ${parity}`,
      options: options.map((option) => option.name),
    })),
  );
});

it("dependencies.md names every dependency with its version and licence", () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read("package.json"));
  const licence = (name: string): string =>
    JSON.parse(read(`node_modules/${name}/package.json`)).license.replace(" OR ", " or ");
  const expected = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies } as Record<
    string,
    string
  >)
    .map(([name, version]) => [name, version, licence(name)])
    .sort();
  const named = rows(read("docs/dependencies.md")).map(([name, ...cells]) => [ticked(name!)[0], cells[0], cells[1]]);
  expect(named.sort()).toEqual(expected);
});

it("links within the documentation lead somewhere", () => {
  const anchor = (title: string): string =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-");
  for (const file of readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")))
    for (const link of all(read(join("docs", file)), /\]\(([^)]+)\)/g)) {
      const [path = "", fragment] = link.split("#");
      if (/^https?:/.test(path)) continue;
      const target = path === "" ? join("docs", file) : join(dirname(join("docs", file)), path);
      expect(existsSync(join(root, target)), `${file}: ${link}`).toBe(true);
      if (fragment === undefined) continue;
      expect(all(read(target), /^#+ (.+)$/gm).map(anchor), `${file}: ${link}`).toContain(fragment);
    }
});
