import { statSync } from "node:fs";
import type { Scope } from "./scopes.js";
import { readTokenFile, type StoredToken } from "./token-file.js";
import { hashSecret, sameHash, splitToken } from "./token-text.js";

/** A file that was changed is read again at the first question so long after, ms. */
const LOOK_AGAIN_MS = 500;
/** What secrets of unknown ids are compared with, so that they take as long as those of known ones. */
const NOBODY = "0".repeat(64);

/** A token as lists show it. */
export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly created: number;
  readonly expires: number | null;
  /** Epoch ms of its last use since the server started; null where it was not used. */
  readonly used: number | null;
}

/** The tokens of a file, and what becomes of it: one that is revoked there is refused half a second later. */
export class Tokens {
  #known: ReadonlyMap<string, StoredToken>;
  #state: string;
  #looked = performance.now();
  readonly #used = new Map<string, number>();

  /**
   * @param onTrouble told in a sentence when the file cannot be read any more; all tokens are then refused until it can
   * @throws BioxError FILE_UNREADABLE, FILE_INVALID
   */
  constructor(
    private readonly path: string,
    private readonly onTrouble: (message: string) => void = () => {},
  ) {
    this.#state = stateOf(path);
    this.#known = byId(readTokenFile(path));
  }

  /** How many there are that have not expired. */
  get size(): number {
    return [...this.#fresh().values()].filter(isValid).length;
  }

  /** The token that a text is; undefined where it is none, is revoked, or has expired. */
  find(text: string): StoredToken | undefined {
    const parts = splitToken(text);
    const token = parts && this.#fresh().get(parts.id);
    const same = sameHash(hashSecret(parts?.secret ?? ""), token?.hash ?? NOBODY);
    if (!token || !same || !isValid(token)) return undefined;
    this.#used.set(token.id, Date.now());
    return token;
  }

  /** Whether this very token is still there: not one of the same id that was put in its place. */
  isValid({ id, hash }: StoredToken): boolean {
    const now = this.#fresh().get(id);
    return now !== undefined && now.hash === hash && isValid(now);
  }

  list(): TokenInfo[] {
    return [...this.#fresh().values()].map(({ id, name, scopes, created, expires }) => ({
      id,
      name,
      scopes,
      created,
      expires: expires ?? null,
      used: this.#used.get(id) ?? null,
    }));
  }

  #fresh(): ReadonlyMap<string, StoredToken> {
    if (performance.now() - this.#looked < LOOK_AGAIN_MS) return this.#known;
    this.#looked = performance.now();
    const state = stateOf(this.path);
    if (state === this.#state) return this.#known;
    this.#state = state;
    try {
      this.#known = byId(readTokenFile(this.path));
    } catch (error) {
      this.#known = new Map();
      this.onTrouble(`${(error as Error).message} All tokens are refused until it can be read.`);
    }
    return this.#known;
  }
}

/** Differs whenever the file was changed or replaced. One that cannot be looked at is none: who reads it is told why. */
function stateOf(path: string): string {
  try {
    const { ino, size, mtimeNs, mode } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${mode}`;
  } catch {
    return "none";
  }
}

function byId(tokens: readonly StoredToken[]): ReadonlyMap<string, StoredToken> {
  return new Map(tokens.map((token) => [token.id, token]));
}

function isValid({ expires }: StoredToken): boolean {
  return expires === undefined || Date.now() < expires;
}
