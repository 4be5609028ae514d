import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSource, type Source } from "biox-edge";

/** Samples a second of these recordings. */
export const RATE = 50;

/** Writes a recording of whole numbers, as a converter gives them, and tells its URI. */
export function writeWearer(folder: string, n: number, seconds: number, speed = 1): string {
  const path = join(folder, `w${n}.csv`);
  const rows = Array.from({ length: seconds * RATE }, (_, i) =>
    Math.round(40_000 + 900 * Math.sin((2 * Math.PI * i * (1 + n / 40)) / RATE) + 200 * Math.sin(i * i + n)),
  );
  writeFileSync(path, `ppg\n${rows.join("\n")}\n`);
  return `replay:${path}?channel=ppg&rate=${RATE}&speed=${speed}`;
}

export function openWearers(uris: readonly string[]): Promise<Source[]> {
  return Promise.all(uris.map((uri) => openSource(uri, { history: 30 })));
}

/** Waits for a fact, however long it takes; the test's own limit ends it. */
export async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 20));
}
