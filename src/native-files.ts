import { fileURLToPath } from "node:url";

/** Where a compiled file of this package may be: what was built here, then what came with the package. */
export function nativeFiles(name: string): [built: string, prebuilt: string] {
  // One folder up from src and from dist.
  const at = (path: string): string => fileURLToPath(new URL(`../${path}/${name}`, import.meta.url));
  return [at("build/Release"), at(`prebuilds/${process.platform}-${process.arch}`)];
}

/** What to do where a compiled file is missing or does not work. */
export const BUILD_HINT =
  "Run `npm rebuild biox-edge`, or `npm run build` in a clone of it. Where the package has no prebuilt files for the system " +
  "(it has them for Linux on x64 and arm64), that compiles them, which needs a C++17 compiler, make and Python 3, or CMake " +
  "in a clone (Debian: `apt-get install g++ make python3`).";
