/**
 * What one, two and three workers answer, each in a network namespace of its own with a share of a core, for 200 simulated wearers; then
 * one is killed and the broker is restarted, and it is counted whether every window was answered once.
 *
 *     node tools/scale/throughput.mjs [--bundle PATH] [--wearers N] [--hop S] [--seconds S] [--share CORES] [--windows prepared|raw]
 *
 * Needs root, Linux with control groups of version 1, iproute2, nats-server, and a built package.
 */

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadBundle, openSource } from "biox-edge";
import { WindowBroker } from "biox-edge/gateway";
import { assign, HOST, limit, makeNetwork, removeNetwork } from "./network.mjs";

const { values } = parseArgs({
  options: {
    bundle: { type: "string", default: fileURLToPath(new URL("../../bundles/demo", import.meta.url)) },
    wearers: { type: "string", default: "200" },
    hop: { type: "string", default: "1" },
    seconds: { type: "string", default: "10" },
    share: { type: "string", default: "0.05" },
    windows: { type: "string", default: "prepared" },
  },
});
const [wearers, hop, seconds, share] = ["wearers", "hop", "seconds", "share"].map((name) => Number(values[name]));
const machines = ["biox-w1", "biox-w2", "biox-w3"];
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-scale-"));
const children = new Set();

function start(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

const ended = (child) => new Promise((resolve) => child.once("exit", resolve));

async function startServer(port) {
  const config = join(folder, "nats.conf");
  writeFileSync(
    config,
    `listen: "${HOST}:${port}"\njetstream { store_dir: "${folder}/js", max_memory_store: 64MB, max_file_store: 1GB }\n`,
  );
  for (const name of portFiles()) rmSync(join(folder, name));
  const child = start("nats-server", ["-c", config, "--ports_file_dir", folder, "-l", join(folder, "nats.log")]);
  for (;;) {
    const [name] = portFiles();
    const text = name ? readFileSync(join(folder, name), "utf8") : "";
    if (text.endsWith("}")) return { child, port: Number(new URL(JSON.parse(text).nats[0]).port) };
    await pause(50);
  }
}

const portFiles = () => readdirSync(folder).filter((name) => name.endsWith(".ports"));

/** Once it has connected to the broker; from then on it has its share of a core only, which loading a model would take long with. */
async function startWorker(machine, nats) {
  const args = ["--bundle", values.bundle, "--name", machine, "--threads", "1", "--nats", nats];
  const child = start("ip", ["netns", "exec", machine, process.execPath, main, "worker", ...args]);
  await new Promise((resolve) => {
    child.stdout.on("data", (text) => {
      if (/"state":"open"/.test(text)) resolve();
    });
  });
  assign(machine, child.pid);
  return child;
}

function writeRecording(rate, last) {
  const path = join(folder, "wearer.csv");
  const rows = Array.from({ length: Math.round(last * rate) }, (_, i) =>
    Math.round(5e4 + 1000 * Math.sin((2 * Math.PI * 1.2 * i) / rate) + 200 * Math.sin(i * i)),
  );
  writeFileSync(path, `ppg\n${rows.join("\n")}\n`);
  return `replay:${path}?channel=ppg&rate=${rate}`;
}

async function measure() {
  const bundle = await loadBundle(values.bundle);
  const { rate, channels } = bundle.manifest.new;
  if (channels.length !== 1) throw new Error("Give a bundle of one channel.");
  let server = await startServer(-1);
  const nats = `nats://${HOST}:${server.port}`;
  const scale = {
    nats,
    bundles: [],
    windows: values.windows,
    deadline: 60,
    waiting: 1,
    megabytes: 256,
    storage: "file",
  };
  const broker = new WindowBroker(scale, "tool");
  const engine = await broker.createEngine(bundle);
  const workers = [];
  const settled = new Map();
  const ages = [];
  const took = (answer, source) => {
    if (answer.type === "prediction") ages.push(answer.ageMs);
    const windows = settled.get(source);
    windows.set(answer.window[1], (windows.get(answer.window[1]) ?? 0) + 1);
  };
  engine.on("prediction", took).on("unpredicted", took);
  while (broker.report().state !== "open") await pause(20);
  workers.push(await startWorker(machines[0], nats));
  const uri = writeRecording(rate, bundle.manifest.window.seconds + 20 * seconds + 60);
  const sources = [];
  const runs = [];
  for (let n = 0; n < wearers; n++) {
    const source = await openSource(uri, { history: 3 * bundle.manifest.window.seconds });
    settled.set(source, new Map());
    sources.push(source);
    runs.push(
      (async () => {
        for await (const _ of engine.run(source, { wearer: `w${n}`, hop }));
      })(),
    );
    await pause((1000 * hop) / wearers);
  }
  while (broker.report().answered < 4 * wearers) await pause(100);
  process.stdout.write(
    `${wearers} wearers, a window each ${hop} s, ${values.windows}: ${wearers / hop} windows/s are asked for. Each worker has ${share} of a core.\n` +
      `x86, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)} before.\n` +
      "workers  answered/s  skipped/s  age P50 ms  age P95 ms  age P99 ms\n",
  );
  for (let count = 1; count <= machines.length; count++) {
    if (count > 1) workers.push(await startWorker(machines[count - 1], nats));
    await pause(2000);
    const before = broker.report();
    const begin = performance.now();
    ages.length = 0;
    await pause(1000 * seconds);
    const lasted = (performance.now() - begin) / 1000;
    const after = broker.report();
    const rateOf = (from, to) => ((to - from) / lasted).toFixed(1).padStart(9);
    const sorted = Float64Array.from(ages).sort();
    const age = (p) => (sorted[Math.ceil(p * sorted.length) - 1] ?? Number.NaN).toFixed(0).padStart(11);
    process.stdout.write(
      `${String(count).padStart(7)}  ${rateOf(before.answered, after.answered)}  ${rateOf(before.skipped.behind, after.skipped.behind)} ${age(0.5)} ${age(0.95)} ${age(0.99)}\n`,
    );
  }
  workers[0].kill("SIGKILL");
  await pause(3000);
  server.child.kill("SIGKILL");
  await ended(server.child);
  await pause(1000);
  server = await startServer(server.port);
  const restarted = broker.report().answered;
  while (broker.report().answered < restarted + 2 * wearers) await pause(100);
  await Promise.all(sources.map((source) => source.close()));
  await Promise.all(runs);
  const report = broker.report();
  const times = [...settled.values()].flatMap((windows) => [...windows.values()]);
  process.stdout.write(
    `One worker killed, the broker killed and restarted: ${report.published} windows published, ${report.answered} answered, ` +
      `${report.expired} expired, ${report.failed} failed, ${times.filter((n) => n > 1).length} answered more than once, ` +
      `${report.doubles} second answers dropped; ${report.skipped.behind} hops skipped behind the workers, ${report.skipped.away} while the broker was away.\n`,
  );
  await engine.close();
  await broker.close();
}

let code = 0;
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => {
    for (const child of children) child.kill("SIGKILL");
    removeNetwork(machines);
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });
removeNetwork(machines);
try {
  makeNetwork(machines);
  for (const machine of machines)
    if (!limit(machine, share)) throw new Error("This kernel has no cpu control groups of version 1.");
  await measure();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  code = 1;
} finally {
  await Promise.all(
    [...children].map((child) => {
      child.kill("SIGKILL");
      return ended(child);
    }),
  );
  removeNetwork(machines);
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);
