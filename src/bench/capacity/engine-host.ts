import type { Bundle } from "../../bundle/index.js";
import { createEngine, type Source } from "../../index.js";
import type { Host } from "./host.js";

/** biox as `biox run` uses it: engine threads that share the wearables. `hop` is in seconds of signal. */
export async function engineHost(bundle: Bundle, engines: number, threads: number, hop: number): Promise<Host> {
  const engine = await createEngine(bundle, { engines, threads });
  return {
    name: "biox",
    add(source, take) {
      const stop = new AbortController();
      const running = (async () => {
        for await (const { ageMs } of engine.run(source, { hop, signal: stop.signal })) take(ageMs);
      })();
      // A wearable whose run fails has no more windows, which is noticed.
      running.catch(() => {});
      return async () => {
        stop.abort();
        await running.catch(() => {});
      };
    },
    skippedHops: (source: Source) => engine.summary(source)?.skippedHops ?? 0,
    close: () => engine.close(),
  };
}
