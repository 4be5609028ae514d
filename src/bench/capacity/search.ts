/**
 * The largest number from 1 to `most` that passes, found by doubling and then halving the gap; 0 where 1 does not pass.
 *
 * @param passes undefined ends the search: the largest number that has passed so far is returned
 */
export async function largest(
  most: number,
  passes: (n: number) => Promise<boolean | undefined>,
): Promise<{ value: number; complete: boolean }> {
  let good = 0;
  let bad = most + 1;
  for (let n = 1; good < most && bad > most; n = Math.min(most, 2 * n)) {
    const ok = await passes(n);
    if (ok === undefined) return { value: good, complete: false };
    if (ok) good = n;
    else bad = n;
  }
  while (bad - good > 1) {
    const n = (good + bad) >> 1;
    const ok = await passes(n);
    if (ok === undefined) return { value: good, complete: false };
    if (ok) good = n;
    else bad = n;
  }
  return { value: good, complete: true };
}
