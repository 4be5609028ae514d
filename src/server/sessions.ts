import { randomBytes } from "node:crypto";
import type { StoredToken } from "./token-file.js";
import { hashSecret } from "./token-text.js";

/** A browser that is not used for so long has to show a token again. */
const IDLE_MS = 12 * 3600_000;
/** And one that is, so long after it did. */
export const LONGEST_MS = 7 * 24 * 3600_000;
/** The one that was used least recently makes room. */
const MOST = 500;

export interface Session {
  readonly token: StoredToken;
  readonly ends: number;
}

/**
 * Browsers that have shown a token, and hold a random number in its place. Kept in memory alone: when the server starts anew, tokens are
 * to be shown again.
 */
export class Sessions {
  /** By the hash of the number; used ones move to the end. */
  readonly #open = new Map<string, Session & { used: number }>();

  /** @param isValid whether a token still is */
  constructor(private readonly isValid: (token: StoredToken) => boolean) {}

  /** Opens one and returns its number, to be kept in a cookie. */
  open(token: StoredToken): { text: string; ends: number } {
    const text = randomBytes(32).toString("base64url");
    const now = Date.now();
    const ends = Math.min(now + LONGEST_MS, token.expires ?? Number.POSITIVE_INFINITY);
    if (this.#open.size >= MOST) this.#open.delete(this.#open.keys().next().value!);
    this.#open.set(hashSecret(text), { token, ends, used: now });
    return { text, ends };
  }

  /** The session of a cookie; undefined where it has ended. Using it keeps it open. */
  find(text: string): Session | undefined {
    const key = hashSecret(text);
    const session = this.#open.get(key);
    if (!session) return undefined;
    this.#open.delete(key);
    if (!this.#lasts(session)) return undefined;
    session.used = Date.now();
    this.#open.set(key, session);
    return session;
  }

  close(text: string): void {
    this.#open.delete(hashSecret(text));
  }

  #lasts({ token, ends, used }: Session & { used: number }): boolean {
    const now = Date.now();
    return now < ends && now - used < IDLE_MS && this.isValid(token);
  }
}
