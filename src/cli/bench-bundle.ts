import { Option } from "commander";
import { BioxError, ROUTE_NAMES, type RouteName } from "../index.js";

/** A bundle of a published size with random weights in place of one of the user's. */
export function routeOption(): Option {
  return new Option("--route <name>", "in place of a bundle: models of a published size with random weights").choices([
    ...ROUTE_NAMES,
  ]);
}

/** The bundle that an argument or `--route` names; that of a route is made first where it is not in the cache. */
export async function bundleOf(path: string | undefined, route: RouteName | undefined): Promise<string> {
  if ((path === undefined) === (route === undefined))
    throw new BioxError(
      "INVALID_ARGUMENT",
      path === undefined ? "No bundle was given." : "A bundle and --route were both given.",
      "Name a bundle or a route, for instance 'biox bench bundles/demo'.",
    );
  if (path !== undefined) return path;
  const { cachedRoute } = await import("../bench/index.js");
  return cachedRoute(route!);
}
