import { BioxError, invalidArgument } from "../errors.js";
import type { Scope } from "./scopes.js";
import { changeTokenFile, readTokenFile, type StoredToken, TOKEN_NAME } from "./token-file.js";
import { newToken } from "./token-text.js";

const DAY_MS = 24 * 3600_000;
const LONGEST_DAYS = 36_500;

/** A token that was made, and its text, which is kept nowhere. */
export interface NewToken extends Omit<StoredToken, "hash"> {
  readonly token: string;
}

/**
 * Makes a token and adds it to a file, which is made where it does not exist.
 *
 * @param name of its holder: letters, digits, `_`, `.` and `-`, at most 40, and not that of another token of the file
 * @param days after which it expires, above 0 and up to 36,500; never where it is left out
 * @throws BioxError INVALID_ARGUMENT, FILE_UNREADABLE, FILE_UNWRITABLE, FILE_INVALID
 */
export function createToken(path: string, name: string, scopes: readonly Scope[], days?: number): NewToken {
  if (!TOKEN_NAME.test(name))
    throw invalidArgument("the token's name", "letters, digits, '_', '.' and '-', at most 40", name);
  if (days !== undefined && !(days > 0 && days <= LONGEST_DAYS))
    throw invalidArgument("days", `a number above 0 and up to ${LONGEST_DAYS}`, days);
  const { id, text, hash } = newToken();
  const created = Date.now();
  const expires = days === undefined ? {} : { expires: Math.round(created + days * DAY_MS) };
  const stored = { id, name, scopes: [...new Set(scopes)], hash, created, ...expires };
  changeTokenFile(path, (tokens) => {
    if (tokens.some((token) => token.name === name))
      throw new BioxError(
        "INVALID_ARGUMENT",
        `File '${path}' has a token '${name}' already.`,
        `Choose another name, or remove it with 'biox token revoke ${name}'.`,
      );
    return [...tokens, stored];
  });
  return { id, name, scopes: stored.scopes, created, ...expires, token: text };
}

/** The tokens of a file, without what they are compared with. */
export function listTokens(path: string): Omit<StoredToken, "hash">[] {
  return readTokenFile(path).map(({ hash: _, ...token }) => token);
}

/**
 * Removes a token, by its id or its name, from a file. A running server refuses it within a second.
 *
 * @throws BioxError INVALID_ARGUMENT where there is none, FILE_UNREADABLE, FILE_UNWRITABLE, FILE_INVALID
 */
export function revokeToken(path: string, which: string): Omit<StoredToken, "hash"> {
  // Before anything is made: of a file that does not exist nothing can be removed.
  readTokenFile(path);
  let removed: StoredToken | undefined;
  changeTokenFile(path, (tokens) => {
    removed = tokens.find(({ id, name }) => id === which || name === which);
    if (removed) return tokens.filter((token) => token !== removed);
    throw invalidArgument("the token", `the name or id of one in '${path}'`, which);
  });
  const { hash: _, ...token } = removed!;
  return token;
}
