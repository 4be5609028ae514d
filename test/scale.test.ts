/** Windows that workers run behind a real nats-server: none is lost, none is answered twice, and overload is counted where it arises. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { loadBundle, type Prediction, type Source, type Unpredicted } from "biox-edge";
import { WindowBroker } from "biox-edge/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox } from "./support/biox.js";
import { hasNatsServer, NatsServer, scaleOf } from "./support/nats-server.js";
import { openWearers, RATE, until, writeWearer } from "./support/wearers.js";

const WEARERS = 20;
const WORKERS = 3;
const WINDOW_S = 1;
const HOP_S = 0.4;

describe.runIf(hasNatsServer)("three workers and twenty wearers", () => {
  let folder: string;
  let server: NatsServer;
  let watcher: NatsConnection;
  const workers: Biox[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "biox-scale-"));
    await buildTinyBundle(join(folder, "bundle"), { rate: RATE, seconds: WINDOW_S, hop: HOP_S });
    server = await NatsServer.start();
    for (let n = 0; n < WORKERS; n++)
      workers.push(
        new Biox([
          "worker",
          "--nats",
          server.url,
          "--bundle",
          join(folder, "bundle"),
          "--name",
          `w${n}`,
          "--threads",
          "1",
        ]),
      );
  });

  afterAll(async () => {
    for (const { child } of workers) child.kill("SIGKILL");
    await watcher?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("answer every window once, by its id, though a worker is killed and the broker is restarted in the middle", async () => {
    const bundle = await loadBundle(join(folder, "bundle"));
    const broker = new WindowBroker(scaleOf(server, { deadline: 120 }), "ward");
    const engine = await broker.createEngine(bundle);
    const outcomes = new Map<string, number>();
    const answered = (): number => broker.report().answered;
    const took = (answer: Prediction | Unpredicted): void => {
      const key = `${answer.source} ${answer.window[1]}`;
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    };
    engine.on("prediction", took).on("unpredicted", took);
    await Promise.all(workers.map((worker) => worker.line(({ type, state }) => type === "broker" && state === "open")));
    const uris = Array.from({ length: WEARERS }, (_, n) => writeWearer(folder, n, 600));
    const sources = await openWearers(uris);
    const runs = sources.map(async (source, n) => {
      for await (const _ of engine.run(source, { wearer: `p${n}` }));
    });

    await until(() => answered() > 100);
    // Stopped first, so that it has windows when it is killed.
    workers[0]!.child.kill("SIGSTOP");
    await until(() => answered() > 200);
    workers[0]!.child.kill("SIGKILL");
    await until(() => answered() > 300);
    await server.restart("SIGKILL", 500);
    const before = answered();
    await until(() => answered() > before + 200);
    const ids = await readIds(server, (connection) => {
      watcher = connection;
    });
    await Promise.all(sources.map((source) => source.close()));
    await Promise.all(runs);

    const report = broker.report();
    const total = sources.map((source) => engine.summary(source)!);
    for (const [n, summary] of total.entries()) {
      const settled = summary.predictions + summary.unpredicted + summary.skippedHops;
      expect(settled, uris[n]!).toBe(windowsOf(sources[n]!));
    }
    expect([...outcomes.values()].every((times) => times === 1)).toBe(true);
    expect(outcomes.size).toBe(report.answered);
    expect(report).toMatchObject({ failed: 0, expired: 0, unreadable: 0, waiting: 0, published: report.answered });
    // The broker has kept one answer of each window, and no two of one.
    await until(() => ids.length >= report.answered);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(report.answered);
    // While the broker was away, hops were left out and counted; that is all that was lost.
    expect(report.skipped.away).toBeGreaterThan(0);
    expect(total.reduce((sum, { skippedHops }) => sum + skippedHops, 0)).toBeGreaterThanOrEqual(report.skipped.away);

    await engine.close();
    await broker.close();
    const [, ...left] = await Promise.all(workers.map((worker) => worker.stop("SIGTERM")));
    for (const { code, lines, stderr } of left) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(lines.at(-1)).toMatchObject({ type: "summary", failed: 0, refused: 0 });
    }
    // Those that the killed one had taken were given to the others.
    expect(left.reduce((sum, { lines }) => sum + lines.at(-1).redelivered, 0)).toBeGreaterThan(0);
  }, 180_000);
});

/** Windows that have ended in all that came of a source. */
function windowsOf(source: Source): number {
  const samples = source.statsOf(() => true).samples;
  return Math.max(0, Math.floor((samples - WINDOW_S * RATE) / (HOP_S * RATE)) + 1);
}

/** Ids of all results that the broker has, the oldest first, and of those to come. */
async function readIds(server: NatsServer, opened: (connection: NatsConnection) => void): Promise<string[]> {
  const connection = await connect({ servers: server.url });
  opened(connection);
  await jetstreamManager(connection);
  const consumer = await jetstream(connection).consumers.get("biox-results");
  const ids: string[] = [];
  await consumer.consume({
    callback: (message) => {
      ids.push(message.json<{ window: string }>().window);
    },
  });
  return ids;
}
