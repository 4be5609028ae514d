import { emptyFramerStats } from "../../framing/types.js";
import type { DeviceDecoder, DeviceMessage, LinkStats } from "../types.js";
import { type Layout, type LayoutOptions, layoutOf } from "./layout.js";
import { LineReader } from "./lines.js";
import { OutlierGuard } from "./outlier-guard.js";
import { type Delimiter, type Line, parseLine } from "./parse.js";
import { SampleLines } from "./sample-lines.js";
import { LineTemplate } from "./template.js";

type OnMessage = (message: DeviceMessage) => void;

export interface AsciiSetup extends LayoutOptions {
  delimiter: Delimiter;
}

/**
 * Decoder of lines that a person could read. It finds out what they are from the first ones: lines that are alike make a
 * layout, and from then on only lines of this layout are samples. All others are counted: numbers of another layout as
 * `undescribed`; words, such as what a board says at boot, and damaged lines as `framingErrors`.
 */
export class AsciiDecoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #setup: AsciiSetup;
  readonly #reader = new LineReader(this.link);
  readonly #template = new LineTemplate();
  /** Lines alike, while there is no layout. */
  #candidates: Line[] = [];
  #header: Line | undefined;
  #layout: Layout | undefined;
  #samples: SampleLines | undefined;
  #guard: OutlierGuard | undefined;
  #inError = false;
  #onMessage: OnMessage = () => {};

  constructor(setup: AsciiSetup) {
    this.#setup = setup;
  }

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    this.#reader.push(chunk, this.#takeLine);
  }

  reset(): void {
    Object.assign(this.link, emptyFramerStats(), { undescribed: 0 });
    this.#reader.reset();
    this.#template.reset();
    this.#candidates = [];
    this.#header = this.#layout = this.#samples = this.#guard = undefined;
    this.#inError = false;
  }

  readonly #takeLine = (bytes: Uint8Array, from: number, to: number, damaged: boolean, first: boolean): void => {
    const line = damaged ? undefined : this.#parse(bytes, from, to);
    if (this.#layout) {
      if (line && line.signature === this.#layout.signature) this.#guard!.push(line, this.#accept, this.#countNoFrame);
      else this.#refuse(textOf(bytes, from, to), line, damaged);
    } else if (line === undefined || (first && line.form === "plain")) {
      // Numbers at the very begin may be the second half of a line, and a number the second half of a number.
      this.#discard();
      this.#countNoFrame();
    } else if (line.form === "header") {
      this.#discard();
      this.#header = line;
    } else this.#consider(line);
  };

  #parse(bytes: Uint8Array, from: number, to: number): Line | undefined {
    const known = this.#template.match(bytes, from, to);
    if (known !== undefined) return known;
    const text = textOf(bytes, from, to);
    const line = parseLine(text, this.#setup.delimiter);
    if (line !== undefined) this.#template.learn(text, line);
    return line;
  }

  #consider(line: Line): void {
    const alike = this.#candidates.length > 0 && this.#candidates[0]!.signature === line.signature;
    if (!alike && this.#candidates.length > 0) this.#discard();
    this.#candidates.push(line);
    this.#layout = layoutOf(this.#candidates, this.#header, this.#setup);
    if (!this.#layout) {
      // So many alike that say nothing: the oldest is given up.
      if (this.#candidates.length > 300) this.#candidates.shift();
      return;
    }
    this.#samples = new SampleLines(this.#layout);
    this.#onMessage({ type: "hello", device: "ascii", firmware: "", streams: [...this.#layout.streams] });
    if (this.#header && this.#header.names !== this.#layout.names) this.#countNoFrame();
    this.#guard = new OutlierGuard(this.#layout);
    for (const candidate of this.#candidates) this.#guard.push(candidate, this.#accept, this.#countNoFrame);
    this.#candidates = [];
    this.#header = undefined;
  }

  #discard(): void {
    this.link.undescribed += this.#candidates.length;
    if (this.#header) this.#countNoFrame();
    this.#candidates = [];
    this.#header = undefined;
  }

  readonly #accept = (line: Line): void => {
    if (!this.#samples!.take(line, this.#onMessage)) {
      this.link.undescribed++;
      return;
    }
    this.link.frames++;
    if (this.#inError) this.link.resyncs++;
    this.#inError = false;
  };

  readonly #countNoFrame = (): void => {
    this.link.framingErrors++;
    this.#inError = true;
  };

  #refuse(text: string, line: Line | undefined, damaged: boolean): void {
    const layout = this.#layout!;
    const other = line !== undefined && line.form !== "header" && !isRelated(line, layout);
    if (other) this.link.undescribed++;
    // The sketch began anew and prints its header again.
    else if (line?.form !== "header" || line.names.join() !== layout.names.join()) this.#countNoFrame();
    // Words alone are a remark; with a digit among them they were numbers.
    if (!other && line?.form !== "header" && (damaged || /\d/.test(text))) this.#samples!.skip();
  }
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}

/** Whether a line of another layout is rather a damaged one of this: as many kinds of prints as there are, they share no name. */
function isRelated(line: Line, layout: Layout): boolean {
  if (line.form === "plain") return layout.signature.startsWith("plain");
  return line.form === "named" && line.names.some((name) => layout.names.includes(name));
}
