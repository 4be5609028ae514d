// How the live page and its server keep up: `biox serve` with simulated wearers, and Chromium looking at one of them in depth.
// Prints frame times of the page and the event-loop delay of the server; nothing here is a test. Needs dist/ (npm run build) and Chromium.
//
//     node tools/page-load.mjs [--seconds 60] [--wearers 12] [--rate 250] [--json]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: { seconds: text("60"), wearers: text("12"), rate: text("250"), json: { type: "boolean", default: false } },
});
const [seconds, wearers, rate] = [values.seconds, values.wearers, values.rate].map(Number);
if (!(seconds > 0 && wearers > 0 && rate > 0)) {
  console.error("Expected --seconds, --wearers and --rate to be numbers above 0.");
  process.exit(1);
}
const executablePath = [
  process.env.CHROME ?? "",
  ...process.env.PATH.split(delimiter).flatMap((folder) =>
    ["chromium", "google-chrome"].map((name) => join(folder, name)),
  ),
].find((path) => path !== "" && existsSync(path));
if (!executablePath) {
  console.log("skipped: no chromium");
  process.exit(0);
}

/** A port that is free now; the gateway says nothing of the one that it took. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Asks until the gateway answers as it should. */
async function answer(url) {
  for (;;) {
    if (gateway.exitCode !== null) throw new Error(`biox serve ended with code ${gateway.exitCode}.`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return response.text();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const metric = (all, name) => Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, "m").exec(all)?.[1]);
const round = (value, digits = 1) => Number(value.toFixed(digits));
const percentile = (sorted, p) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]);

const folder = mkdtempSync(join(tmpdir(), "biox-page-load-"));
const port = await freePort();
const config = {
  gateway: "page-load",
  data: folder,
  listen: { port },
  log: { level: "error" },
  // The demo bundle of a clone is nobody's, so nobody has signed it.
  trust: { unsigned: "allow" },
  bundles: { demo: { path: at("bundles/demo") } },
  wearers: Array.from({ length: wearers }, (_, i) => ({
    id: `w${String(i + 1).padStart(2, "0")}`,
    source: `sim:?rate=${rate}&seed=${i + 1}&hr=${60 + 3 * i}`,
    bundles: ["demo"],
  })),
};
// JSON is YAML, too.
writeFileSync(join(folder, "gateway.yaml"), JSON.stringify(config));
const gateway = spawn(process.execPath, [at("dist/cli/main.js"), "serve", join(folder, "gateway.yaml")], {
  stdio: ["ignore", "ignore", "inherit"],
});
let browser;
try {
  const server = `http://127.0.0.1:${port}`;
  await answer(`${server}/health/ready`);
  browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${server}/#/wearer/w01`);
  await page.getByText("Samples received").waitFor();
  const predicted = (all) => all.reduce((sum, { bundles }) => sum + (bundles[0].summary?.predictions ?? 0), 0);
  const status = async () => JSON.parse(await answer(`${server}/api/v1/wearers`)).wearers;
  while (predicted(await status()) < wearers) await new Promise((resolve) => setTimeout(resolve, 500));
  // What was measured while all began is not asked for.
  await answer(`${server}/metrics`);
  const frames = await page.evaluate(
    (ms) =>
      new Promise((resolve) => {
        const times = [];
        const start = performance.now();
        let last = start;
        const frame = (now) => {
          times.push(now - last);
          last = now;
          if (now - start < ms) requestAnimationFrame(frame);
          else resolve(times.slice(1));
        };
        requestAnimationFrame(frame);
      }),
    seconds * 1000,
  );
  const metrics = await answer(`${server}/metrics`);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  const heap = await page.evaluate(() => performance.memory.usedJSHeapSize);
  const sorted = frames.toSorted((a, b) => a - b);
  const all = await status();
  const report = {
    machine: `${cpus()[0].model}, ${cpus().length} processors, ${process.arch}`,
    seconds,
    wearers,
    rateHz: rate,
    firstContentfulPaintMs: round(paint),
    frames: frames.length,
    frameMs: {
      p50: percentile(sorted, 0.5),
      p95: percentile(sorted, 0.95),
      p99: percentile(sorted, 0.99),
      most: percentile(sorted, 1),
    },
    pageHeapMb: round(heap / 1e6),
    serverLoopDelayP99Ms: round(metric(metrics, "nodejs_eventloop_lag_p99_seconds") * 1000, 2),
    predictions: predicted(all),
    skippedHops: all.reduce((sum, { bundles }) => sum + (bundles[0].summary?.skippedHops ?? 0), 0),
    samplesLost: all.reduce((sum, { lost }) => sum + lost, 0),
  };
  const { p50, p95, p99, most } = report.frameMs;
  console.log(
    values.json
      ? JSON.stringify(report)
      : [
          `${wearers} wearers at ${rate} Hz for ${seconds} s, one of them in depth, on ${report.machine}`,
          `first contentful paint    ${report.firstContentfulPaintMs} ms`,
          `frame time of the page    P50 ${p50}  P95 ${p95}  P99 ${p99}  most ${most} ms (${frames.length} frames)`,
          `memory of its scripts     ${report.pageHeapMb} MB`,
          `server's event-loop delay P99 ${report.serverLoopDelayP99Ms} ms`,
          `predictions ${report.predictions}, hops skipped ${report.skippedHops}, samples lost ${report.samplesLost}`,
        ].join("\n"),
  );
} finally {
  await browser?.close();
  if (gateway.exitCode === null) {
    gateway.kill("SIGTERM");
    await once(gateway, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
}
