import { escapeText, px } from "./markup.js";

/** Round numbers from `low` to `high`, about `count` of them: 1, 2 or 5 times a power of ten apart. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough)! * power;
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-9); i++)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

/** 1, 2 and 5 times powers of ten from `low` to `high`, for a logarithmic axis. */
export function logTicks(low: number, high: number): number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    for (const factor of [1, 2, 5]) found.push(Number(`${factor}e${power}`));
  const within = found.filter((value) => value >= low && value <= high);
  // Within less than an octave there may be none or one of them.
  return within.length >= 2 ? within : ticks(low, high, 4);
}

/** Grid lines with their numbers below; `at` gives the place of a number. */
export function axis(
  values: readonly number[],
  at: (value: number) => number,
  top: number,
  bottom: number,
  unit: string,
): string {
  return values
    .map((value, i) => {
      const x = px(at(value));
      const text = i === values.length - 1 ? `${value} ${unit}` : String(value);
      return `<line class="grid" x1="${x}" x2="${x}" y1="${px(top)}" y2="${px(bottom)}"/><text class="tick" x="${x}" y="${px(bottom + 16)}">${escapeText(text)}</text>`;
    })
    .join("\n");
}
