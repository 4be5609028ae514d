/** A number from 0 to 1 with three digits, as tables of this field give it. */
export function score(value: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(3);
}

export function withInterval(value: number, interval: readonly [number, number] | undefined): string {
  return interval ? `${score(value)} (${score(interval[0])} to ${score(interval[1])})` : score(value);
}

export function parameters(count: number | null): string {
  return count === null ? "not known" : count.toLocaleString("en-GB");
}
