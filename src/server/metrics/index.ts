import { Registry } from "prom-client";
import type { GatewayFace } from "../../gateway/types.js";
import type { GatewayMessage } from "../../sinks/sink.js";
import type { ConnectionReport } from "../connections.js";
import type { LiveReport } from "../live/hub.js";
import { AnswerMetrics } from "./answers.js";
import { GatewayMetrics } from "./gateway.js";
import { HttpMetrics } from "./http.js";
import { ProcessMetrics } from "./process.js";
import { WearerMetrics } from "./wearers.js";
import { WorkersMetrics } from "./workers.js";

/** How often counters that may begin anew are looked at though nobody asks, beside each time that they are about to, ms. */
const LOOK_MS = 1000;

/** What Prometheus is told, in a registry of its own. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #wearers = new WearerMetrics(this.#registry);
  readonly #answers = new AnswerMetrics(this.#registry);
  readonly #ofGateway = new GatewayMetrics(this.#registry);
  /** There are none where this machine runs all windows itself. */
  #workers: WorkersMetrics | undefined;
  readonly #process = new ProcessMetrics(this.#registry);
  readonly http = new HttpMetrics(this.#registry);
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly gateway: GatewayFace,
    private readonly connections: () => ConnectionReport,
    private readonly live: () => LiveReport,
  ) {
    gateway.on("message", this.#take).on("account", this.#look);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** Type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as they are now, in the text format of Prometheus. */
  text(): Promise<string> {
    this.#look();
    this.#ofGateway.collect(this.gateway);
    const broker = this.gateway.broker?.();
    if (broker) {
      this.#workers ??= new WorkersMetrics(this.#registry);
      this.#workers.collect(broker);
    }
    this.#process.collect();
    this.http.collect(this.connections(), this.live());
    return this.#registry.metrics();
  }

  close(): void {
    clearInterval(this.#timer);
    this.gateway.off("message", this.#take).off("account", this.#look);
    this.#process.close();
  }

  readonly #take = (message: GatewayMessage): void => this.#answers.take(message);

  readonly #look = (): void => {
    const wearers = this.gateway.wearers();
    this.#wearers.collect(wearers);
    this.#answers.keep(new Set(wearers.map(({ id }) => id)));
  };
}
