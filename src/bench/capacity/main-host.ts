import type { Bundle } from "../../bundle/index.js";
import { planRun } from "../../engine/plan-run.js";
import { prepareFor } from "../../engine/preparation.js";
import { Wearer } from "../../engine/wearer.js";
import type { Source } from "../../index.js";
import { now } from "../../stream/feed.js";
import { mergedContender } from "../latency/graph-contenders.js";
import type { Host } from "./host.js";

/**
 * What an afternoon's work comes to: the whole model as one ONNX graph, run on the thread that also reads the ports. It chooses windows
 * just as the engine does, the one whose answer is due first, so that only the thread and the graph differ. `hop` is in seconds of signal.
 *
 * @throws BioxError ONNX_INVALID where the halves cannot become one graph
 */
export async function mainHost(bundle: Bundle, threads: number, hop: number): Promise<Host> {
  const input = prepareFor(bundle, bundle.manifest.new.rate).preparation.createOutput();
  const model = await mergedContender(bundle, input, threads);
  const wearers = new Map<Source, { wearer: Wearer; take: (ageMs: number) => void }>();
  let closed = false;
  let wake = (): void => {};
  const onSamples = (): void => wake();

  const mostUrgent = () => {
    let best: { wearer: Wearer; take: (ageMs: number) => void } | undefined;
    let due = Number.POSITIVE_INFINITY;
    for (const each of wearers.values()) {
      const { deadline } = each.wearer;
      if (deadline >= due) continue;
      [best, due] = [each, deadline];
    }
    return best;
  };
  const pump = async (): Promise<void> => {
    while (!closed) {
      const next = mostUrgent();
      const taken = next?.wearer.take(input);
      if (!next)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      if (!next || !taken || !("prepareMs" in taken)) continue;
      await model.run();
      next.take(now() - taken.received);
    }
    await model.release();
  };
  const pumping = pump();
  // Told by close(); until then its wearables have no windows.
  pumping.catch(() => {});
  return {
    name: "merged on the main thread",
    add(source, take) {
      const { job, streams } = planRun(bundle, source, { hop });
      const { preparation, causal } = prepareFor(bundle, job.rate);
      wearers.set(source, {
        wearer: new Wearer(
          streams.map((stream) => source.ring(stream)),
          { ...job, causal },
          preparation,
        ),
        take,
      });
      source.on("samples", onSamples);
      return async () => {
        source.off("samples", onSamples);
        wearers.delete(source);
      };
    },
    skippedHops: (source) => wearers.get(source)?.wearer.skippedHops ?? 0,
    close: () => {
      closed = true;
      wake();
      return pumping;
    },
  };
}
