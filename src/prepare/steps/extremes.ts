/** Least of `count` values from index `from`; count is at least 1. */
export function least(x: Float64Array, from: number, count: number): number {
  let found = x[from]!;
  for (let i = 1; i < count; i++) if (x[from + i]! < found) found = x[from + i]!;
  return found;
}

/** Greatest of `count` values from index `from`; count is at least 1. */
export function greatest(x: Float64Array, from: number, count: number): number {
  let found = x[from]!;
  for (let i = 1; i < count; i++) if (x[from + i]! > found) found = x[from + i]!;
  return found;
}
