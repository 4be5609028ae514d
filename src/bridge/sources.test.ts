import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const sourcesIn = (file: string) =>
  [...readFileSync(new URL(file, root), "utf8").matchAll(/native\/[\w/]+\.cc/g)].map(([name]) => name).sort();

it("CMakeLists.txt and binding.gyp build exactly the sources that exist", () => {
  const onDisk = ["native", "native/kernels"].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root))
      .filter((name) => name.endsWith(".cc"))
      .map((name) => `${folder}/${name}`),
  );
  expect(sourcesIn("binding.gyp")).toEqual(onDisk.sort());
  expect(sourcesIn("CMakeLists.txt").filter((name) => !name.startsWith("native/test/"))).toEqual(onDisk);
});
