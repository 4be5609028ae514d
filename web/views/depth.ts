import type { WearerStatus } from "../../src/gateway/types.js";
import type { WearerBrief } from "../../src/server/live/protocol.js";
import { h, put, setAttribute, setText } from "../lib/dom.js";
import { moment } from "../lib/format.js";
import { addressOf } from "../lib/router.js";
import type { Model } from "../model.js";
import { loadHistory } from "../rest.js";
import { Answers } from "./answers.js";
import { noDevice, noSuchWearer } from "./help-texts.js";
import { Latency } from "./latency.js";
import { Link } from "./link.js";
import { Markers } from "./markers.js";
import { Signals } from "./signals.js";
import { linkState, Pill, STATES } from "./states.js";
import { Tiles } from "./tiles.js";
import type { View } from "./view.js";

/** How far back answers are asked for when a wearer is opened: the longest time that can be shown. */
const HISTORY_MS = 3 * 3600_000;

/** One wearer in depth. */
export class Depth implements View {
  readonly title: string;
  readonly element = h("section", { class: "depth" });
  private readonly state = new Pill();
  private readonly source = h("span", { class: "soft source" });
  private readonly why = h("p", { class: "soft why" });
  private readonly bundle = h("select", { change: () => this.update() });
  private readonly bundleChoice = h("label", { class: "choice", hidden: true }, "Model ", this.bundle);
  private readonly notice = h("div", {});
  private readonly overload = h("p", { class: "overload", role: "status" });
  private readonly tiles = new Tiles();
  private readonly markers: Markers;
  private readonly signals: Signals;
  private readonly answers: Answers;
  private readonly latency: Latency;
  private readonly link = new Link();
  private readonly parts = h("div", {});
  private shownDevice: string | undefined;
  private readonly absent: HTMLElement;
  private gone = false;
  private loaded = false;

  constructor(
    private readonly model: Model,
    private readonly id: string,
  ) {
    this.title = `Wearer ${id}`;
    this.absent = h("div", { class: "card" }, noSuchWearer(id));
    this.markers = new Markers(id);
    this.signals = new Signals(model);
    this.answers = new Answers(model);
    this.latency = new Latency(model);
    this.parts.append(
      this.tiles.element,
      this.overload,
      this.notice,
      this.signals.element,
      this.answers.element,
      this.latency.element,
      h("div", { class: "pair" }, h("div", {}, this.markers.list, this.link.log), this.link.element),
    );
    this.element.append(
      h("p", { class: "back" }, h("a", { href: "#/" }, "← All wearers")),
      h(
        "div",
        { class: "heading" },
        h("h1", {}, h("span", { class: "unseen" }, "Wearer "), id),
        this.state.element,
        this.bundleChoice,
        this.markers.form,
      ),
      this.source,
      this.why,
      this.parts,
    );
  }

  /** Fetches what was said before the page was opened, or while the gateway was away; the page is of use without it. */
  private load(): void {
    this.loaded = true;
    const { history } = this.model;
    loadHistory(this.id, this.model.now() - HISTORY_MS, (messages) => {
      for (const message of messages) history.add(message);
      this.latency.redraw();
      this.update();
      return history === this.model.history;
    }).catch((error: Error) => this.answers.say(`Earlier answers could not be loaded. ${error.message}`));
  }

  /** The gateway is back after a pause. */
  resume(): void {
    this.loaded = false;
  }

  update(): void {
    const { model, id } = this;
    const wearer = model.wearers.find((one) => one.id === id);
    if (wearer) this.show(wearer);
    else this.missing();
  }

  private show(wearer: WearerBrief): void {
    if (!this.loaded) this.load();
    const { model, id } = this;
    this.setGone(false);
    this.state.set(...linkState(wearer.state, model.stale));
    setText(
      this.source,
      [wearer.source, wearer.port, wearer.recording && `recorded to ${wearer.recording}`].filter(Boolean).join(" · "),
    );
    const { state, reason, since } = wearer;
    // Of a device that is not there more is said below.
    const because = reason === undefined || state === "waiting" ? "" : `: ${reason}`;
    setText(this.why, state === "open" ? "" : `${STATES[state].word} since ${moment(since, model.now())}${because}`);
    this.choose(wearer.bundles.map(({ name }) => name));
    const bundle = wearer.bundles.find(({ name }) => name === this.bundle.value);
    const watched = model.watched?.id === id ? model.watched : undefined;
    this.explain(wearer);
    this.tiles.update(wearer, bundle, model);
    this.signals.update(watched ?? wearer, bundle?.latest);
    this.answers.update(bundle?.name, bundle?.hop ?? 1, bundle?.latest);
    this.latency.update(bundle?.name, watched?.bundles.find(({ name }) => name === bundle?.name)?.summary);
    this.link.update(wearer, watched, model.history.links, model.now());
    this.markers.update(model.history.markers, model.now());
    this.sayOverload(bundle?.name);
  }

  frame(): void {
    if (!this.gone) this.signals.frame();
  }

  key(key: string): boolean {
    const small = key.toLowerCase();
    if (small === "m" && !this.gone) this.markers.mark();
    else if (small === "p" && !this.gone) this.signals.hold();
    else if (key === "Escape") location.hash = "#/";
    else if (key === "ArrowLeft" || key === "ArrowRight") this.step(key === "ArrowLeft" ? -1 : 1);
    else return false;
    return true;
  }

  destroy(): void {
    for (const part of [this.signals, this.answers, this.latency]) part.destroy();
  }

  private step(by: number): void {
    const { wearers } = this.model;
    const at = wearers.findIndex(({ id }) => id === this.id);
    const next = wearers[(at + by + wearers.length) % wearers.length];
    if (next) location.hash = addressOf(next.id);
  }

  private choose(names: readonly string[]): void {
    const { bundle } = this;
    if ([...bundle.options].map(({ value }) => value).join(" ") !== names.join(" ")) {
      const before = bundle.value;
      put(bundle, ...names.map((name) => h("option", { value: name }, name)));
      if (names.includes(before)) bundle.value = before;
    }
    this.bundleChoice.hidden = names.length < 2;
  }

  /** Where nothing has ever come, it is said how to find out why. */
  private explain({
    state,
    source,
    reason,
    ageMs,
    since,
  }: Pick<WearerStatus, "state" | "source" | "reason" | "ageMs" | "since">): void {
    const absent = state === "waiting" || (ageMs === null && state !== "open");
    const shown = absent ? `${source} ${reason}` : undefined;
    const nothing = absent && ageMs === null;
    this.signals.element.hidden = nothing;
    for (const { element } of [this.answers, this.latency])
      element.hidden = nothing && this.model.history.answers.length === 0;
    setAttribute(this.notice, "data-since", absent ? String(since) : undefined);
    if (shown === this.shownDevice) return;
    this.shownDevice = shown;
    put(this.notice, absent && h("div", { class: "card" }, noDevice(source, reason)));
  }

  /** Says that windows are left out; without numbers that grow, for it is read out whenever it changes. */
  private sayOverload(bundle: string | undefined): void {
    const overload = this.model.overloadOf(this.id);
    const words =
      overload?.bundle === bundle && overload
        ? "The gateway cannot keep up with all wearers: some windows of this one are left out, so answers are further apart."
        : "";
    setText(this.overload, words);
  }

  private missing(): void {
    if (!this.model.known) return;
    this.setGone(true);
    this.state.set("not configured", "none");
    setText(this.source, "");
    setText(this.why, "");
  }

  private setGone(gone: boolean): void {
    if (gone === this.gone) return;
    this.gone = gone;
    for (const part of [this.parts, this.markers.form]) part.hidden = gone;
    if (gone) this.element.append(this.absent);
    else this.absent.remove();
  }
}
