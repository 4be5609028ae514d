/**
 * The process whose start is measured: loads a bundle, answers one window, and prints how long each part took, in ms.
 *
 *     node cold-start-child.js BUNDLE THREADS PRECISION SPAWNED
 *
 * PRECISION may be empty: as in a run. SPAWNED is the epoch ms at which the parent asked for this process. Everything is imported dynamically, so that the first line runs
 * before anything else is loaded.
 */

const [path, threads, precision, spawned] = process.argv.slice(2) as [string, string, string, string];

let last = Number(spawned);
/** ms since the mark before. */
function lap(): number {
  const now = performance.timeOrigin + performance.now();
  const ms = now - last;
  last = now;
  return ms;
}

/** Windows after which the process's memory has reached what it needs. */
const WINDOWS = 8;

const nodeStart = lap();
const { loadBundle } = await import("../../index.js");
const { BridgedModel } = await import("../../engine/model.js");
const { requirePrecision } = await import("../../bridge/index.js");
const imports = lap();
const bundle = await loadBundle(path);
const bundleLoad = lap();
const model = await BridgedModel.create(
  bundle,
  bundle.prepared,
  Number(threads),
  precision === "" ? undefined : requirePrecision(precision),
);
const { lower, bridge, upper } = model.loadTimes;
const created = lap();
const { compilePreparation } = await import("../../index.js");
const { rawWindows } = await import("./signal.js");
const { channels, samples, rate } = bundle.input;
const [raw] = rawWindows(1, channels, samples, rate);
const preparation = compilePreparation(bundle.steps, bundle.input);
// The signal itself would have come from a wearable.
lap();
preparation.prepareWindow(raw!, model.input);
await model.run();
const firstRun = lap();
for (let n = 1; n < WINDOWS; n++) {
  preparation.prepareWindow(raw!, model.input);
  await model.run();
}
process.stdout.write(
  JSON.stringify({
    nodeStart,
    imports,
    bundleLoad,
    lowerSession: lower,
    bridgePack: bridge,
    upperSession: upper,
    firstRun,
    total: nodeStart + imports + bundleLoad + created + firstRun,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
await model.release();
