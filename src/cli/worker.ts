import { hostname } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadBundle } from "../index.js";
import { warn } from "./fail.js";
import { precisionOption, printJson, wholePositive } from "./options.js";
import { Stop } from "./stop.js";
import { trustOf, trustOption } from "./trust.js";

const HIGHEST_PORT = 65_535;

interface WorkerFlags {
  nats: string[];
  bundle: string;
  trust?: string[];
  engines?: number;
  threads?: number;
  batch?: number;
  precision?: "float32" | "float16" | "int8";
  name: string;
  credentials?: string;
  ca?: string;
  certificate?: string;
  key?: string;
  metrics?: number;
}

export function workerCommand(): Command {
  return new Command("worker")
    .description("Runs windows of gateways for them, taken from a queue on a NATS server with JetStream.")
    .addOption(
      new Option(
        "--nats <url>",
        "nats://[user:password@]host:port, or tls://; of a cluster several, with commas between",
      )
        .env("BIOX_NATS")
        .argParser((text) => text.split(","))
        .makeOptionMandatory(),
    )
    .requiredOption("--bundle <path>", "folder or .tar of the bundle; windows of any other are left to others")
    .addOption(trustOption())
    .option("--engines <n>", "engines, each with the whole model (default: 1)", wholePositive)
    .option(
      "--threads <n>",
      "threads of ONNX Runtime in each engine (default: all cores but one, shared out, at most 4)",
      wholePositive,
    )
    .option("--batch <n>", "windows that an engine may run together (default: 1)", wholePositive)
    .addOption(precisionOption())
    .option("--name <name>", "what this worker is called (default: name of the machine and number of the process)")
    .option("--credentials <file>", "NATS credentials (.creds)")
    .option("--ca <file>", "certificate of the authority that has signed the server's; TLS is then a must")
    .option("--certificate <file>", "this machine's own certificate, where the server asks for one")
    .option("--key <file>", "private key of that certificate")
    .option("--metrics <port>", "serve metrics for Prometheus on this port of 127.0.0.1; 0 is any", port)
    .addHelpText(
      "after",
      `
Examples:
  $ biox worker --nats nats://127.0.0.1:4222 --bundle bundles/demo
  $ BIOX_NATS=tls://worker:secret@broker.example:4222 biox worker --ca ca.pem --bundle my-bundle --engines 2 --batch 4`,
    )
    .action(run);
}

async function run(flags: WorkerFlags): Promise<void> {
  const stop = new Stop();
  const { nats, engines, threads, batch, precision, credentials, ca, certificate, key } = flags;
  const { ScaleWorker, WindowPool, checkBroker, serveWorkerMetrics } = await import("../gateway/index.js");
  const settings = checkBroker({ nats, credentials, ca, certificate, key });
  const bundle = await loadBundle(flags.bundle, await trustOf(flags.trust));
  const name =
    flags.name ??
    `${hostname()
      .replace(/[^\w.-]/g, "-")
      .slice(0, 50)}-${process.pid}`;
  const pool = await WindowPool.create(bundle, {
    ...(engines === undefined ? {} : { engines }),
    ...(threads === undefined ? {} : { threads }),
    ...(batch === undefined ? {} : { batch }),
    ...(precision === undefined ? {} : { precision }),
  });
  const worker = new ScaleWorker(bundle, pool, settings, name);
  const metrics = flags.metrics === undefined ? undefined : await serveWorkerMetrics(worker, flags.metrics);
  printJson({
    type: "worker",
    name,
    bundle: bundle.manifest.name,
    hash: worker.bundle,
    engine: pool.info,
    metrics: metrics?.url,
  });
  worker.on("state", (state) => printJson({ type: "broker", ...state }));
  worker.on("refused", (reason) => warn(reason));
  try {
    await worker.run(stop.signal);
  } finally {
    printJson({ type: "summary", ...worker.counts, queueAgeMs: worker.queueAgeMs });
    await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
    await pool.close();
  }
  process.exit(0);
}

function port(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= 0 && value <= HIGHEST_PORT) return value;
  throw new InvalidArgumentError(`Expected a whole number from 0 to ${HIGHEST_PORT}.`);
}
