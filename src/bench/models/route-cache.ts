import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { MANIFEST_FILE } from "../../bundle/index.js";
import { buildRoute, checkRoute, GENERATOR_VERSION, type RouteOptions } from "./build-route.js";
import type { RouteName } from "./route-names.js";

/**
 * Folder of a route's bundle in the user's cache: `$XDG_CACHE_HOME/biox-edge/routes`, or where that is not set (or no
 * absolute path, which the XDG specification says to ignore) `~/.cache/biox-edge/routes`.
 */
export function routeCacheFolder(name: RouteName, { seed = 1, openBatch = false }: RouteOptions = {}): string {
  checkRoute(name, seed);
  const chosen = process.env.XDG_CACHE_HOME ?? "";
  const cache = isAbsolute(chosen) ? chosen : join(homedir(), ".cache");
  const made = `${GENERATOR_VERSION}/${seed}${openBatch ? "/open" : ""}`;
  const hash = createHash("sha256").update(made).digest("hex").slice(0, 12);
  return join(cache, "biox-edge", "routes", `${name}-${hash}`);
}

/**
 * The bundle of a route from the cache, made first where it is not there yet.
 *
 * @returns its folder
 * @throws BioxError as {@link buildRoute}
 */
export async function cachedRoute(name: RouteName, options: RouteOptions = {}): Promise<string> {
  const folder = routeCacheFolder(name, options);
  if (await isThere(folder)) return folder;
  try {
    await buildRoute(name, folder, options);
  } catch (error) {
    // Another process may have been faster; what it made is the same.
    if (!(await isThere(folder))) throw error;
  }
  return folder;
}

async function isThere(folder: string): Promise<boolean> {
  return stat(join(folder, MANIFEST_FILE)).then(
    (found) => found.isFile(),
    () => false,
  );
}
