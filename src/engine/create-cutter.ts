import type { Bundle } from "../bundle/index.js";
import { BioxError, invalidArgument } from "../errors.js";
import { startThreads } from "./create-engine.js";
import type { WindowKind, WindowTaker } from "./cut-window.js";
import { Engine } from "./engine.js";
import { prepareFor } from "./preparation.js";

/**
 * An engine without a model: its thread cuts the windows of its sources, and `taker` has them run elsewhere. What comes back are the
 * predictions of {@link Engine.run}, in the order in which they come. One thread is enough for hundreds of sources.
 *
 * @param windows whether they are prepared here, or are to be prepared where they are run
 * @throws BioxError PREPARE_INVALID where raw windows are asked for and the bundle filters continuously
 */
export async function createCutter(bundle: Bundle, windows: WindowKind, taker: WindowTaker): Promise<Engine> {
  if (windows !== "prepared" && windows !== "raw") throw invalidArgument("windows", "'prepared' or 'raw'", windows);
  if (windows === "raw") requireWindowed(bundle);
  const options = { threads: 0, precision: undefined, batch: 1, windows };
  const { threads, info, start } = await startThreads(bundle, 1, options);
  return new Engine(bundle, threads, info, start, taker);
}

/**
 * Refuses a bundle whose windows cannot be prepared each on its own.
 *
 * @throws BioxError PREPARE_INVALID
 */
export function requireWindowed(bundle: Bundle): void {
  if (!prepareFor(bundle, bundle.manifest.new.rate).causal) return;
  throw new BioxError(
    "PREPARE_INVALID",
    `Bundle '${bundle.manifest.name}' filters continuously, so its raw windows cannot be prepared one by one.`,
    "Have its windows prepared in the gateway: windows: prepared.",
  );
}
