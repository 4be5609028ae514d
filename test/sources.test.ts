/** The two builds must not drift apart: both name every source that exists, and nothing else. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

function onDisk(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
}

function namedIn(file: string, pattern: RegExp, prefix = ""): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(pattern)].map(([name]) => prefix + name).sort();
}

it("both builds name exactly the sources of the addon", () => {
  const sources = [...onDisk("native", ".cc"), ...onDisk("native/kernels", ".cc")].sort();
  const tests = onDisk("native/test", ".cc");
  expect(namedIn("binding.gyp", /native\/[\w/-]+\.cc/g)).toEqual(sources);
  expect(namedIn("CMakeLists.txt", /native\/[\w/-]+\.cc/g)).toEqual([...sources, ...tests].sort());
});

it("both builds name exactly the sources of the emulator", () => {
  const sources = [...onDisk("firmware-bridge/src", ".c"), ...onDisk("firmware-bridge/emulator", ".c")].sort();
  expect(namedIn("binding.gyp", /firmware-bridge\/[\w/-]+\.c\b/g)).toEqual(sources);
  expect(namedIn("firmware-bridge/CMakeLists.txt", /(src|emulator)\/[\w/-]+\.c\b/g, "firmware-bridge/")).toEqual(
    sources,
  );
});
