import { h, put, setText } from "../lib/dom.js";
import { count } from "../lib/format.js";
import type { Model } from "../model.js";
import { noWearers } from "./help-texts.js";
import { OverviewRow } from "./overview-row.js";
import { STATES } from "./states.js";
import type { View } from "./view.js";

const COLUMNS = ["Wearer", "Link", "Answer", "Quality", "Pulse", "Age of data", "Battery", "Lost"];

/** All wearers, one a row. */
export class Overview implements View {
  readonly title = "All wearers";
  readonly element = h("section", { class: "overview" });
  private readonly rows = new Map<string, OverviewRow>();
  private readonly body = h("tbody", { role: "rowgroup" });
  private readonly summary = h("p", { class: "soft" });
  private readonly content = h("div", { class: "card scroll" });
  // Roles are said because browsers forget them where the style sheet makes cards of the rows.
  private readonly table = h(
    "table",
    { role: "table", class: "wearers" },
    h("caption", { class: "unseen" }, "Wearers, with the newest answer and the state of the link of each"),
    h(
      "thead",
      { role: "rowgroup" },
      h("tr", { role: "row" }, ...COLUMNS.map((name) => h("th", { role: "columnheader", scope: "col" }, name))),
    ),
    this.body,
  );
  private shown = "";

  /** @param left the wearer who was in depth before, and gets the focus */
  constructor(
    private readonly model: Model,
    private left?: string,
  ) {
    this.element.append(h("h1", {}, this.title), this.summary, this.content);
  }

  update(): void {
    const { wearers } = this.model;
    if (!this.model.known) return;
    const ids = wearers.map(({ id }) => id).join(" ");
    if (ids !== this.shown || this.content.childElementCount === 0) this.arrange(ids);
    for (const wearer of wearers) this.rows.get(wearer.id)!.update(wearer);
    setText(this.summary, this.summarise());
  }

  key(key: string): boolean {
    if (key !== "ArrowDown" && key !== "ArrowUp") return false;
    const links = [...this.rows.values()].map(({ link }) => link);
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = key === "ArrowDown" ? at + 1 : at < 0 ? links.length - 1 : at - 1;
    links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
    return links.length > 0;
  }

  destroy(): void {
    this.rows.clear();
  }

  private arrange(ids: string): void {
    this.shown = ids;
    const { wearers } = this.model;
    for (const { id } of wearers) if (!this.rows.has(id)) this.rows.set(id, new OverviewRow(id, this.model));
    for (const id of this.rows.keys()) if (!wearers.some((wearer) => wearer.id === id)) this.rows.delete(id);
    put(this.body, ...wearers.map(({ id }) => this.rows.get(id)!.element));
    put(this.content, wearers.length > 0 ? this.table : noWearers());
    if (this.left !== undefined) this.rows.get(this.left)?.link.focus();
    this.left = undefined;
  }

  private summarise(): string {
    const { wearers, gateway } = this.model;
    if (wearers.length === 0) return `Gateway ${gateway}`;
    const states = Object.entries(STATES).map(([state, { word }]) => {
      const n = wearers.filter((wearer) => wearer.state === state).length;
      return n === 0 ? "" : `${n} ${word}`;
    });
    const all = wearers.length === 1 ? "1 wearer" : `${count(wearers.length)} wearers`;
    const when = this.model.stale ? " when last heard" : "";
    return `Gateway ${gateway}: ${all}, ${states.filter(Boolean).join(", ")}${when}`;
  }
}
