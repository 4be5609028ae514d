import type { WearerStatus } from "../../src/gateway/types.js";
import type { WearerBrief } from "../../src/server/live/protocol.js";
import type { LinkMessage } from "../../src/sinks/sink.js";
import { h, put, setText } from "../lib/dom.js";
import { count, moment } from "../lib/format.js";
import { STATES } from "./states.js";

/** State changes that are listed. */
const LISTED = 6;

/** Counters of the link, and how its state changed. */
export class Link {
  private readonly facts = h("dl", { class: "facts" });
  private readonly changes = h("ul", { class: "log" });
  readonly element = h("section", { class: "card", "aria-label": "Link" }, h("h2", {}, "Link"), this.facts);
  readonly log = h(
    "section",
    { class: "card", "aria-label": "Changes of the link" },
    h("h2", {}, "Changes of the link"),
    this.changes,
  );
  private readonly values = new Map<string, HTMLElement>();
  private listed = "";

  /** @param now of the gateway's clock, epoch ms */
  update(wearer: WearerBrief, watched: WearerStatus | undefined, messages: readonly LinkMessage[], now: number): void {
    const summary = watched?.bundles.find((bundle) => bundle.summary)?.summary;
    const link = summary?.link ?? messages.findLast((message) => message.link)?.link;
    const delay = summary?.eventLoopDelayMs;
    this.show([
      ["Samples received", count(wearer.samples)],
      ["Samples lost", count(wearer.lost)],
      ["Opened again", count(wearer.reopened)],
      ["Bytes", count(link?.bytes)],
      ["Frames", count(link?.frames)],
      ["Wrong checksums", count(link?.crcErrors)],
      ["Broken frames", count(link?.framingErrors)],
      ["Found its place again", count(link?.resyncs)],
      ["Reconnects of the port", count(link?.reconnects)],
      ["Samples sent twice", count(summary?.duplicates)],
      ["Restarts of the device", count(summary?.restarts)],
      ["Hops skipped", count(summary?.skippedHops)],
      ["Windows without an answer", count(summary?.unpredicted)],
      ["Timers late, P99", delay ? `${delay.p99.toFixed(1)} ms` : "–"],
    ]);
    const changes = messages.slice(-LISTED).reverse();
    const listed = `${changes.map(({ id }) => id).join()} ${wearer.since}`;
    if (listed === this.listed) return;
    this.listed = listed;
    const lines = changes.map(({ at, state, reason }) => line(moment(at, now), STATES[state].word, reason));
    put(this.changes, ...(lines.length > 0 ? lines : [line(moment(wearer.since, now), STATES[wearer.state].word)]));
  }

  private show(facts: readonly (readonly [string, string])[]): void {
    for (const [name, value] of facts) {
      let element = this.values.get(name);
      if (!element) {
        element = h("dd");
        this.values.set(name, element);
        this.facts.append(h("div", {}, h("dt", {}, name), element));
      }
      setText(element, value);
    }
  }
}

function line(time: string, what: string, reason?: string): HTMLElement {
  return h("li", {}, h("time", {}, time), ` ${what}`, reason && h("span", { class: "soft" }, ` ${reason}`));
}
