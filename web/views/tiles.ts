import type { WearerBrief } from "../../src/server/live/protocol.js";
import { toneOf } from "../charts/label-colour.js";
import { isPrediction } from "../history.js";
import { h, setAttribute, setText } from "../lib/dom.js";
import { age, BATTERY_LOW, beats, count, percent } from "../lib/format.js";
import type { Model } from "../model.js";
import { lostText } from "./overview-row.js";
import { Meter, OLD_DATA_MS, qualityTone, qualityWord } from "./states.js";

/** Values of more characters are written smaller; where there is no room even so, they are cut off at the edge of the tile. */
const LONG = 16;

/** A figure in large type with its name and a remark. */
class Tile {
  readonly value = h("dd", { class: "value" });
  readonly remark = h("dd", { class: "remark" });
  readonly element: HTMLElement;

  constructor(name: string, extra?: HTMLElement) {
    this.element = h("div", { class: "tile" }, h("dt", {}, name), this.value, extra, this.remark);
  }

  set(value: string, remark = ""): void {
    setText(this.value, value);
    setText(this.remark, remark);
    const isLong = value.length > LONG;
    setAttribute(this.element, "data-long", isLong ? "" : undefined);
    setAttribute(this.value, "title", isLong ? value : undefined);
  }
}

/** What matters most of a wearer at this moment. */
export class Tiles {
  private readonly share = new Meter();
  private readonly trust = new Meter();
  private readonly label = new Tile("Answer", h("dd", { class: "bar" }, this.share.element));
  private readonly quality = new Tile("Quality", h("dd", { class: "bar" }, this.trust.element));
  private readonly pulse = new Tile("Pulse rate");
  private readonly age = new Tile("Age of data");
  private readonly lost = new Tile("Samples lost");
  private readonly battery = new Tile("Battery");
  readonly element = h(
    "dl",
    { class: "tiles" },
    ...[this.label, this.quality, this.pulse, this.age, this.lost, this.battery].map(({ element }) => element),
  );

  constructor() {
    this.label.element.classList.add("wide");
  }

  update(wearer: WearerBrief, bundle: WearerBrief["bundles"][number] | undefined, model: Model): void {
    const latest = bundle?.latest;
    const answer = isPrediction(latest) && !bundle?.failure ? latest : undefined;
    const overdue = model.overdue(latest, bundle?.hop ?? 1);
    const when = overdue === undefined ? "" : `, ${age(overdue)} ago`;
    setAttribute(this.label.element, "data-old", when === "" ? undefined : "");
    setAttribute(this.quality.element, "data-old", when === "" ? undefined : "");
    setAttribute(this.pulse.element, "data-old", when === "" ? undefined : "");
    if (answer) {
      const share = answer.probs[answer.index] ?? 0;
      this.label.set(answer.label, `${percent(share)}${answer.reliable ? "" : ", not reliable"}${when}`);
      this.share.set(share, toneOf(answer.index), !answer.reliable);
      this.quality.set(percent(answer.quality), answer.reasons.join(", ") || qualityWord(answer.quality));
      this.trust.set(answer.quality, qualityTone(answer.quality));
      this.pulse.set(beats(answer.pulseRate), answer.pulseRate === null ? "none found" : "beats a minute");
    } else {
      const why = bundle?.failure ?? (latest?.type === "unpredicted" ? latest.reason + when : "none was given yet");
      this.label.set("No answer", why);
      this.share.set(null, "none");
      this.quality.set("–");
      this.trust.set(null, "none");
      this.pulse.set("–");
    }
    const ageMs = model.ageOf(wearer);
    this.age.set(age(ageMs), ageMs === null ? "none yet" : "newest sample");
    setAttribute(this.age.value, "data-tone", ageMs !== null && ageMs > OLD_DATA_MS ? "warn" : undefined);
    this.lost.set(lostText(wearer), `${count(wearer.lost)} of ${count(wearer.lost + wearer.samples)}`);
    const low = wearer.battery !== null && wearer.battery < BATTERY_LOW;
    this.battery.set(percent(wearer.battery), wearer.battery === null ? "not reported" : low ? "low" : "");
    setAttribute(this.battery.value, "data-tone", low ? "warn" : undefined);
  }
}
