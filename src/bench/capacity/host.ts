import type { Source } from "../../index.js";

/** Something that runs the windows of several wearables as they come. */
export interface Host {
  readonly name: string;
  /** Begins to run a source's windows; ages go to `take` until the returned function is called. */
  add(source: Source, take: (ageMs: number) => void): () => Promise<void>;
  /** Hops that were left out for a source so far. */
  skippedHops(source: Source): number;
  close(): Promise<void>;
}
