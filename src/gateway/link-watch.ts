import type { LinkReport } from "../stream/feed.js";
import type { Log } from "./log.js";

/** How often it is looked whether a link has brought what was no frame. */
const LOOK_MS = 10_000;

/** Says in the log when a wearer's link brings what cannot be decoded: not more often than every ten seconds, and nothing while all is well. */
export class LinkWatch {
  #told = 0;
  readonly #timer: NodeJS.Timeout;

  /** @param report of the link as it is now; undefined while there is none */
  constructor(
    private readonly wearer: string,
    private readonly report: () => LinkReport | undefined,
    private readonly log: Log,
  ) {
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** The source has ended: what it has counted is told, and the next one counts anew. */
  flush(): void {
    this.#look();
    this.#told = 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const link = this.report();
    if (!link) return;
    const { crcErrors, framingErrors, oversize } = link;
    const all = crcErrors + framingErrors + oversize;
    const badFrames = all - this.#told;
    this.#told = all;
    if (badFrames > 0)
      this.log.warn(
        { wearer: this.wearer, badFrames, crcErrors, framingErrors, oversize },
        "link brings damaged bytes",
      );
  }
}
