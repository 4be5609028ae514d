// What npm runs at install: nothing to do where the addon that came with the package loads, else build-addon.mjs builds it.
// BIOX_BUILD asks for a build in any case. A clone always builds: prebuilds/ there may be older than its sources.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Whether the package's own loader finds an addon that works here. */
async function isUsable() {
  if (!existsSync(at("dist/bridge/addon.js")) || !existsSync(at("prebuilds"))) return false;
  const { loadAddon } = await import("../dist/bridge/addon.js");
  try {
    loadAddon();
    return true;
  } catch (error) {
    console.log(`${error.message} It is built from source now.`);
    return false;
  }
}

if (process.env.BIOX_BUILD || existsSync(at(".git")) || !(await isUsable())) await import("./build-addon.mjs");
