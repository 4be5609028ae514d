import type { MarkerMessage } from "../../src/sinks/sink.js";
import { announce } from "../lib/announce.js";
import { h, put, setText } from "../lib/dom.js";
import { moment } from "../lib/format.js";
import { mark } from "../rest.js";

const LISTED = 12;
const LONGEST_NAME = 64;

/** Marks moments, and lists those that were marked. */
export class Markers {
  private readonly name = h("input", {
    type: "text",
    maxlength: LONGEST_NAME,
    placeholder: "marker",
    "aria-label": "Name of the marker",
    autocomplete: "off",
    spellcheck: "false",
  });
  private readonly outcome = h("span", { class: "outcome", role: "status" });
  readonly form = h(
    "form",
    { class: "marking", submit: (event) => this.submit(event) },
    this.name,
    h("button", { type: "submit", class: "primary" }, "Mark ", h("kbd", {}, "M")),
    this.outcome,
  );
  private readonly entries = h("ul", { class: "log" });
  readonly list = h("section", { class: "card", "aria-label": "Markers" }, h("h2", {}, "Markers"), this.entries);
  private shown = -1;

  constructor(private readonly wearer: string) {}

  /** Marks this moment. It appears in the list when the gateway has taken it. */
  mark(): void {
    const name = this.name.value.trim() || "marker";
    setText(this.outcome, "");
    mark(this.wearer, name).then(
      () => announce(`Marked: ${name}`),
      (error: Error) => setText(this.outcome, `Not marked. ${error.message}`),
    );
  }

  /** @param now of the gateway's clock, epoch ms */
  update(markers: readonly MarkerMessage[], now: number): void {
    if (markers.length === this.shown) return;
    this.shown = markers.length;
    put(
      this.entries,
      ...markers
        .slice(-LISTED)
        .reverse()
        .map(({ at, name, by }) =>
          h("li", {}, h("time", {}, moment(at, now)), ` ${name}`, h("span", { class: "soft" }, ` by ${by}`)),
        ),
      markers.length === 0 &&
        h(
          "li",
          { class: "soft" },
          "None yet. The button above, or the key M, marks a moment; the recording keeps it, too.",
        ),
    );
  }

  private submit(event: Event): void {
    event.preventDefault();
    this.mark();
  }
}
