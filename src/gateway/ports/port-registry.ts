import { realpath } from "node:fs/promises";
import { listPorts, type PortInfo } from "../../stream/ports.js";

/** A listing this old, ms, is made anew: many wearers that look for their ports at once share one. */
const FRESH_MS = 200;

/** Which wearer has which port of this machine. */
export class PortRegistry {
  readonly #held = new Map<string, string>();
  #listing: Promise<PortInfo[]> | undefined;
  #listed = Number.NEGATIVE_INFINITY;

  /** @param lister what lists the ports of this machine */
  constructor(private readonly lister: () => Promise<PortInfo[]> = listPorts) {}

  /** The ports that there are, at most 200 ms ago. */
  ports(): Promise<PortInfo[]> {
    const now = performance.now();
    if (!this.#listing || now - this.#listed > FRESH_MS) {
      this.#listed = now;
      this.#listing = this.lister();
    }
    return this.#listing;
  }

  /** The port that a path leads to: another path may lead there, too. */
  async real(path: string): Promise<string | undefined> {
    return realpath(path).catch(() => undefined);
  }

  /** Gives a port to a wearer; false where another has it. A wearer has one port at a time. */
  take(port: string, wearer: string): boolean {
    const holder = this.#held.get(port);
    if (holder !== undefined && holder !== wearer) return false;
    this.release(wearer);
    this.#held.set(port, wearer);
    return true;
  }

  /** The wearer who has a port. */
  holder(port: string): string | undefined {
    return this.#held.get(port);
  }

  /** Takes a wearer's port back, if there is one. */
  release(wearer: string): void {
    for (const [port, holder] of this.#held) if (holder === wearer) this.#held.delete(port);
  }
}
