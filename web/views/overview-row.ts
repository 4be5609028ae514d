import type { WearerBrief } from "../../src/server/live/protocol.js";
import { toneOf } from "../charts/label-colour.js";
import { isPrediction } from "../history.js";
import { h, put, setAttribute, setText } from "../lib/dom.js";
import { age, BATTERY_LOW, beats, charge, count, percent } from "../lib/format.js";
import { addressOf } from "../lib/router.js";
import type { Model } from "../model.js";
import { linkState, Meter, OLD_DATA_MS, Pill, qualityTone, qualityWord } from "./states.js";

/** One wearer of the overview. Elements are made once, and only what changed is written. */
export class OverviewRow {
  readonly element: HTMLTableRowElement;
  readonly link: HTMLAnchorElement;
  private readonly state = new Pill();
  private readonly reason = h("span", { class: "reason" });
  private readonly answers = h("div", { class: "answers" });
  private readonly quality = h("span", { class: "number" });
  private readonly qualityBar = new Meter();
  private readonly why = h("span", { class: "reason" });
  private readonly pulse = h("span", { class: "number" });
  private readonly age = h("span", { class: "number" });
  private readonly battery = h("span", { class: "number" });
  private readonly lost = h("span", { class: "number" });
  private bundles: BundleAnswer[] = [];

  constructor(
    id: string,
    private readonly model: Model,
  ) {
    this.link = h("a", { href: addressOf(id), class: "wearer" }, id);
    const cell = (name: string, ...content: (Node | string)[]): HTMLElement =>
      h("td", { role: "cell", "data-name": name }, ...content);
    this.element = h(
      "tr",
      { role: "row" },
      h("th", { role: "rowheader", scope: "row" }, this.link),
      cell("Link", this.state.element, this.reason),
      cell("Answer", this.answers),
      cell("Quality", h("div", { class: "measured" }, this.quality, this.qualityBar.element), this.why),
      cell("Pulse", this.pulse),
      cell("Age of data", this.age),
      cell("Battery", this.battery),
      cell("Lost", this.lost),
    );
  }

  update(wearer: WearerBrief): void {
    this.state.set(...linkState(wearer.state, this.model.stale));
    const overloaded = this.model.overloadOf(wearer.id) !== undefined;
    setText(
      this.reason,
      wearer.state !== "open" ? (wearer.reason ?? "") : overloaded ? "overload: windows left out" : "",
    );
    this.answer(wearer);
    const latest = wearer.bundles.map((bundle) => bundle.latest).filter(isPrediction);
    const worst = latest.reduce<(typeof latest)[number] | undefined>(
      (a, b) => (a && a.quality <= b.quality ? a : b),
      undefined,
    );
    setText(this.quality, percent(worst?.quality));
    this.qualityBar.set(worst?.quality ?? null, worst ? qualityTone(worst.quality) : "none");
    setText(this.why, worst ? worst.reasons.join(", ") || qualityWord(worst.quality) : "");
    setText(this.pulse, beats(latest.find(({ pulseRate }) => pulseRate !== null)?.pulseRate));
    const ageMs = this.model.ageOf(wearer);
    setText(this.age, age(ageMs));
    setAttribute(this.age, "data-tone", ageMs !== null && ageMs > OLD_DATA_MS ? "warn" : undefined);
    setText(this.battery, charge(wearer.battery));
    setAttribute(
      this.battery,
      "data-tone",
      wearer.battery !== null && wearer.battery < BATTERY_LOW ? "warn" : undefined,
    );
    setText(this.lost, lostText(wearer));
    setAttribute(this.lost, "title", `${count(wearer.lost)} of ${count(wearer.lost + wearer.samples)} samples`);
    const isOld = worst !== undefined && wearer.bundles.every(({ latest, hop }) => this.model.overdue(latest, hop));
    setAttribute(this.element, "data-old", isOld ? "" : undefined);
  }

  private answer({ bundles }: WearerBrief): void {
    if (bundles.length !== this.bundles.length) {
      this.bundles = bundles.map(() => new BundleAnswer());
      put(this.answers, ...this.bundles.map(({ element }) => element));
    }
    for (const [i, bundle] of bundles.entries()) this.bundles[i]!.update(bundle, bundles.length > 1, this.model);
  }
}

/** Newest answer of one bundle: label, what is to be known of it, probability, and its bar. */
class BundleAnswer {
  private readonly label = h("span", { class: "label" });
  private readonly remark = h("span", { class: "remark" });
  private readonly share = h("span", { class: "number" });
  private readonly bar = new Meter();
  readonly element = h("div", { class: "answer" }, this.label, this.remark, this.share, this.bar.element);

  update({ name, latest, failure, hop }: WearerBrief["bundles"][number], named: boolean, model: Model): void {
    const prefix = named ? `${name}: ` : "";
    const overdue = model.overdue(latest, hop);
    const when = overdue === undefined ? "" : `${age(overdue)} ago`;
    const answered = isPrediction(latest) && failure === undefined;
    setAttribute(this.element, "data-none", answered ? undefined : "");
    setAttribute(this.element, "data-old", when === "" ? undefined : "");
    if (answered) {
      setText(this.label, prefix + latest.label);
      setText(this.remark, [latest.reliable ? "" : "not reliable", when].filter(Boolean).join(", "));
      setText(this.share, percent(latest.probs[latest.index]));
      this.bar.set(latest.probs[latest.index] ?? 0, toneOf(latest.index), !latest.reliable);
      return;
    }
    setText(this.label, prefix + (failure ?? (latest?.type === "unpredicted" ? latest.reason : "no answer yet")));
    setText(this.remark, failure === undefined ? when : "");
    setText(this.share, "");
    this.bar.set(null, "none");
  }
}

/** Share of the samples that were lost; none is told from very few. */
export function lostText({ samples, lost }: { samples: number; lost: number }): string {
  if (lost === 0) return samples === 0 ? "–" : "none";
  const share = (100 * lost) / (lost + samples);
  return share < 0.1 ? "< 0.1 %" : `${share.toFixed(1)} %`;
}
