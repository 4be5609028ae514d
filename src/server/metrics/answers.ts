import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Prediction } from "../../engine/types.js";
import type { GatewayMessage } from "../../sinks/sink.js";

/** Bounds of the histograms of latency, s: from a small model on a desktop to a large one on a small board that cannot keep up. */
const BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const STAGES = ["prepare", "lower", "bridge", "upper", "total"] as const satisfies (keyof Prediction["ms"])[];
const OF_BUNDLE = ["wearer", "bundle"];

/** Metrics of answers, counted as they come. */
export class AnswerMetrics {
  readonly #stages;
  readonly #age;
  readonly #predictions;
  readonly #unpredicted;
  readonly #unreliable;
  readonly #quality;
  readonly #markers;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string, labelNames: string[]) =>
      new Counter({ name, help, labelNames, registers });
    this.#stages = new Histogram({
      name: "biox_stage_seconds",
      help: "Time that a stage of a window took",
      labelNames: ["bundle", "stage"],
      buckets: BUCKETS_S,
      registers,
    });
    this.#age = new Histogram({
      name: "biox_prediction_age_seconds",
      help: "Time from the receipt of a window's last byte to its answer",
      labelNames: ["bundle"],
      buckets: BUCKETS_S,
      registers,
    });
    this.#predictions = counter("biox_predictions_total", "Windows with an answer", OF_BUNDLE);
    this.#unpredicted = counter("biox_unpredicted_windows_total", "Windows without an answer", OF_BUNDLE);
    this.#unreliable = counter(
      "biox_unreliable_predictions_total",
      "Answers about windows whose quality is below the bundle's minimum",
      OF_BUNDLE,
    );
    this.#quality = new Gauge({
      name: "biox_signal_quality_ratio",
      help: "Quality of the newest window with an answer, 0 to 1",
      labelNames: OF_BUNDLE,
      registers,
    });
    this.#markers = counter("biox_markers_total", "Markers that were set", ["wearer"]);
  }

  take(message: GatewayMessage): void {
    const { type, wearer } = message;
    if (type === "marker") this.#markers.inc({ wearer });
    else if (type === "unpredicted") this.#unpredicted.inc({ wearer, bundle: message.bundle });
    else if (type === "prediction") {
      const { bundle, ms, ageMs, quality, reliable } = message;
      this.#predictions.inc({ wearer, bundle });
      if (!reliable) this.#unreliable.inc({ wearer, bundle });
      this.#quality.set({ wearer, bundle }, quality);
      this.#age.observe({ bundle }, ageMs / 1000);
      for (const stage of STAGES) this.#stages.observe({ bundle, stage }, ms[stage] / 1000);
    }
  }

  /** Forgets what is of nobody who is configured. */
  keep(wearers: ReadonlySet<string>): void {
    for (const metric of [this.#predictions, this.#unpredicted, this.#unreliable, this.#quality, this.#markers])
      void metric.get().then(({ values }) => {
        for (const { labels } of values) if (!wearers.has(String(labels.wearer))) metric.remove(labels);
      });
  }
}
