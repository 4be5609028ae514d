/** Who may import whom: the command line only what the package exports, and a room only rooms above it. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
);

/** Files of ours that a file imports, relative to src. */
function imports(file: string): string[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:from|import\(|import) ?"(\.[^"]+)"/g)].map((match) =>
    relative(src, join(src, dirname(file), match[1]!)),
  );
}

it("cli imports itself and what the package exports", () => {
  for (const file of files.filter((name) => name.startsWith("cli/")))
    for (const target of imports(file))
      expect(`${file} > ${target}`).toMatch(/ > (cli\/[\w-]+|index|align\/index|bench\/index|gateway\/index)\.js$/);
});

it("cli loads align, bench and gateway only in the command that needs them", () => {
  for (const file of files.filter((name) => name.startsWith("cli/")))
    for (const [line] of readFileSync(join(src, file), "utf8").matchAll(
      /^import .*"\.\.\/(align|bench|gateway)\/index\.js"/gm,
    ))
      expect(`${file}: ${line}`).toMatch(/: import type /);
});

it("the live page shares with the server what goes over the WebSocket, and for the rest types", () => {
  const web = fileURLToPath(new URL("../web/", import.meta.url));
  const names = readdirSync(web, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    const text = readFileSync(join(web, name), "utf8");
    for (const [line, path] of text.matchAll(/^import [^;]*? from "([^"]+)";/gm))
      if (path!.includes("/src/") && !line.startsWith("import type "))
        expect(`${name}: ${path}`).toMatch(/src\/server\/live\/(protocol|sample-frame)\.js$/);
  }
});

it("a room imports only rooms above it", () => {
  const order = [
    "framing",
    "devices",
    "stream",
    "prepare",
    "quality",
    "bundle",
    "bridge",
    "engine",
    "store",
    "sinks",
    "scale",
    "gateway",
    "server",
    "html",
    "onnx",
    "align",
    "bench",
  ];
  let checked = 0;
  for (const file of files) {
    const room = order.indexOf(file.split("/")[0]!);
    // gateway/index.ts is an entry point, as src/index.ts is: what a gateway is put together from.
    if (room < 0 || file === "gateway/index.ts") continue;
    for (const target of imports(file)) {
      const other = order.indexOf(target.split("/")[0]!);
      // errors.ts, paths.ts and the like are everybody's; bench measures what people use, so it may take the whole package.
      if (other < 0 && (target !== "index.js" || order[room] === "bench")) continue;
      expect(other, `${file} > ${target}`).toBeLessThanOrEqual(room);
      expect(other, `${file} > ${target}`).toBeGreaterThanOrEqual(0);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(100);
});
