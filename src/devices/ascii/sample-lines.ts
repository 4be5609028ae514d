import { SampleOutput } from "../sample-output.js";
import type { DeviceMessage } from "../types.js";
import type { Column } from "./columns.js";
import type { Layout } from "./layout.js";
import { Numbering } from "./numbering.js";
import type { Line } from "./parse.js";

type OnMessage = (message: DeviceMessage) => void;

/** Turns lines of one layout into samples and events. */
export class SampleLines {
  readonly #layout: Layout;
  readonly #numbering: Numbering;
  readonly #outputs: SampleOutput[];
  readonly #time: number;
  readonly #sequence: number;
  /** Newest value of each column; tagged lines bring one at a time. */
  readonly #values: Float64Array;
  readonly #fresh: boolean[];
  #sent = 0;
  readonly #flagged: boolean;
  #beat = false;
  #interval = 0;
  #state: string | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#numbering = new Numbering(layout.rate);
    this.#outputs = layout.streams.map((stream) => new SampleOutput(stream));
    this.#time = layout.columns.findIndex(({ role }) => role === "time");
    this.#sequence = layout.columns.findIndex(({ role }) => role === "sequence");
    this.#values = new Float64Array(layout.columns.length).fill(Number.NaN);
    this.#fresh = layout.columns.map(() => false);
    this.#flagged = layout.columns.some(({ role }) => role === "beat");
  }

  /** Takes a line whose signature fits; false where it does not belong nevertheless. */
  take(line: Line, onMessage: OnMessage): boolean {
    if (line.form === "tagged") return this.#takeTagged(line, onMessage);
    // set() is many times slower from an array that is not typed.
    for (let i = 0; i < line.values.length; i++) this.#values[i] = line.values[i]!;
    this.#deliver(onMessage);
    if (line.state !== undefined && line.state !== this.#state) {
      this.#state = line.state;
      onMessage({ type: "event", name: "state", data: { sample: this.#sent, state: line.state } });
    }
    return true;
  }

  /** A line was lost that held a sample. */
  skip(): void {
    this.#numbering.skip();
  }

  #takeTagged(line: Line, onMessage: OnMessage): boolean {
    const at = this.#layout.names.indexOf(line.names[0]!);
    if (at < 0) return false;
    this.#values[at] = line.values[0]!;
    const { role } = this.#layout.columns[at]!;
    if (role === "interval") this.#noteBeat(line.values[0]!, onMessage);
    if (role !== "sample") return true;
    // A sample is complete with the last of its letters; one whose first letters were lost is not delivered.
    this.#fresh[at] = true;
    const samples = this.#layout.streams[0]!.channels.length;
    if (at !== samples - 1) return true;
    if (this.#fresh.slice(0, samples).every(Boolean)) this.#deliver(onMessage);
    else this.#numbering.skip();
    this.#fresh.fill(false);
    return true;
  }

  #deliver(onMessage: OnMessage): void {
    const values = this.#values;
    const { columns, msPerUnit } = this.#layout;
    const sequence = this.#sequence < 0 ? Number.NaN : values[this.#sequence]!;
    const time = this.#time < 0 ? Number.NaN : values[this.#time]! * msPerUnit;
    const { index, timeUs, restarted } = this.#numbering.take(sequence, time, 2 ** 32 * msPerUnit);
    this.#sent = index;
    const samples = this.#layout.streams[0]!.name === "signal" ? this.#outputs[0] : undefined;
    let slow = samples ? 1 : 0;
    let channel = 0;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      if (column.role === "sample") samples!.values[channel++] = values[i]!;
      else if (column.role === "slow") {
        const output = this.#outputs[slow++]!;
        output.values[0] = this.#isValid(column, values[i]!) ? values[i]! : Number.NaN;
        output.block.restarted = restarted;
        output.deliver(index, onMessage, timeUs);
      } else this.#takeBeat(column, values[i]!, onMessage);
    }
    if (samples === undefined) return;
    samples.block.restarted = restarted;
    samples.deliver(index, onMessage, timeUs);
  }

  #isValid({ name, low, high }: Column, value: number): boolean {
    const { columns } = this.#layout;
    for (let i = 0; i < columns.length; i++)
      if (columns[i]!.role === "validity" && columns[i]!.name === name && this.#values[i] === 0) return false;
    return value >= low && value <= high;
  }

  /** A beat is an event: where a flag of its own rises, otherwise where the interval changes; of tagged lines each interval. */
  #takeBeat({ role }: Column, value: number, onMessage: OnMessage): void {
    if (this.#layout.signature === "tagged") return;
    if (role === "interval") {
      const changed = value !== this.#interval;
      this.#interval = value;
      if (changed && !this.#flagged) this.#noteBeat(value, onMessage);
    } else if (role === "beat") {
      const rises = value === 1 && !this.#beat;
      this.#beat = value === 1;
      if (rises) this.#noteBeat(this.#interval, onMessage);
    }
  }

  #noteBeat(intervalMs: number, onMessage: OnMessage): void {
    if (intervalMs > 0) onMessage({ type: "event", name: "beat", data: { sample: this.#sent, intervalMs } });
    else if (this.#flagged) onMessage({ type: "event", name: "beat", data: { sample: this.#sent } });
  }
}
