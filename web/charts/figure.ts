import { h, setText } from "../lib/dom.js";

let number = 0;

/** A place for a chart, named and told in words to who cannot see it. */
export class Figure {
  /** The chart goes here. */
  readonly plot: HTMLElement;
  readonly element: HTMLElement;
  private readonly words: HTMLElement;

  /** @param name what the chart shows, and of what */
  constructor(name: string) {
    const id = `figure-${++number}`;
    this.words = h("p", { id, class: "unseen" });
    this.plot = h("div", { class: "plot", role: "img", "aria-label": name, "aria-describedby": id });
    this.element = h("div", { class: "figure" }, this.plot, this.words);
  }

  /** Says what can be seen. It is read where somebody comes to the chart, not whenever it changes. */
  describe(words: string): void {
    setText(this.words, words);
  }
}
