import type { SentMessage } from "../messages/quality.js";

/** Kinds of messages of which the broker keeps the newest for each wearer, for those who come later. */
export const RETAINED = ["prediction", "quality", "link"] as const;

/** Topics of one gateway: `biox/GATEWAY/status` and `biox/GATEWAY/wearers/WEARER/TYPE`. */
export class Topics {
  private readonly base: string;

  /** @param root first levels of all topics, such as `biox` */
  constructor(root: string, gateway: string) {
    this.base = `${root}/${gateway}`;
  }

  get status(): string {
    return `${this.base}/status`;
  }

  of(wearer: string, type: SentMessage["type"]): string {
    return `${this.base}/wearers/${wearer}/${type}`;
  }

  /** Topics on which something of a wearer is kept by the broker. */
  retained(wearer: string): string[] {
    return RETAINED.map((type) => this.of(wearer, type));
  }
}

export function isRetained(type: string): boolean {
  return (RETAINED as readonly string[]).includes(type);
}
