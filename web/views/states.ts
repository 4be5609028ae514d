import type { WearerStatus } from "../../src/gateway/types.js";
import type { toneOf } from "../charts/label-colour.js";
import { h, setAttribute, setText } from "../lib/dom.js";

export type Tone = "good" | "warn" | "bad" | "none";

/** What a link's state is called, and how worrying it is. */
export const STATES: Readonly<Record<WearerStatus["state"], { word: string; tone: Tone }>> = {
  open: { word: "live", tone: "good" },
  silent: { word: "silent", tone: "warn" },
  reconnecting: { word: "reconnecting", tone: "warn" },
  waiting: { word: "waiting for device", tone: "bad" },
  closed: { word: "closed", tone: "none" },
};

/** A link's state in a word; as it was, where the gateway does not answer. */
export function linkState(state: WearerStatus["state"], stale: boolean): readonly [word: string, tone: Tone] {
  const { word, tone } = STATES[state];
  return stale ? [`was ${word}`, "none"] : [word, tone];
}

/** Below this a window is doubtful, and below the next it is bad. */
const DOUBTFUL = 0.75;
const BAD = 0.5;

export function qualityTone(quality: number): Tone {
  if (quality >= DOUBTFUL) return "good";
  return quality >= BAD ? "warn" : "bad";
}

export function qualityWord(quality: number): string {
  return { good: "good", warn: "doubtful", bad: "poor", none: "" }[qualityTone(quality)];
}

/** Data older than this is no longer live, ms. */
export const OLD_DATA_MS = 3000;

/** A word with a dot whose shape, not only its colour, says how things stand. */
export class Pill {
  readonly element = h("span", { class: "pill" });
  private readonly word = h("span");

  constructor() {
    this.element.append(h("i", { class: "dot", "aria-hidden": "true" }), this.word);
  }

  set(word: string, tone: Tone): void {
    setText(this.word, word);
    if (this.element.dataset.tone !== tone) this.element.dataset.tone = tone;
  }
}

/** A share as a bar beside its number. */
export class Meter {
  readonly element = h("span", { class: "meter", "aria-hidden": "true" }, h("i"));

  /**
   * @param share 0 to 1; null empties it
   * @param faint where what it shows is not to be relied on
   */
  set(share: number | null, tone: Tone | ReturnType<typeof toneOf>, faint = false): void {
    const bar = this.element.firstElementChild as HTMLElement;
    const width = `${share === null ? 0 : Math.round(share * 100)}%`;
    if (bar.style.width !== width) bar.style.width = width;
    const look = typeof tone === "string" ? { tone, striped: false } : tone;
    setAttribute(this.element, "data-tone", look.tone);
    setAttribute(this.element, "data-striped", look.striped ? "" : undefined);
    setAttribute(this.element, "data-faint", faint ? "" : undefined);
  }
}
