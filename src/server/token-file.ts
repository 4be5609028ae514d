import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { BioxError } from "../errors.js";
import { systemCode, unreadable, unwritable } from "../paths.js";
import { SCOPES, type Scope } from "./scopes.js";

/** One token as it is kept: not the token, but the SHA-256 of its secret. */
export interface StoredToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the secret, hexadecimal. */
  readonly hash: string;
  /** Epoch ms; `expires` is left out of one that does not. */
  readonly created: number;
  readonly expires?: number | undefined;
}

/** What a token may be called: it is shown in lists and as `by` of markers. */
export const TOKEN_NAME = /^[A-Za-z0-9_.-]{1,40}$/;

const time = v.pipe(v.number(), v.integer(), v.minValue(0));
const tokenFile = v.strictObject({
  version: v.literal(1),
  tokens: v.array(
    v.strictObject({
      id: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)),
      name: v.pipe(v.string(), v.regex(TOKEN_NAME)),
      scopes: v.pipe(v.array(v.picklist(SCOPES)), v.minLength(1)),
      hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      created: time,
      expires: v.optional(time),
    }),
  ),
});

/** Rights that nobody but the file's owner may have: writing by the group, anything by others. */
const OPEN_TO_OTHERS = 0o027;
const GROUP_READS = 0o040;

/**
 * Reads a file of tokens.
 *
 * @throws BioxError FILE_UNREADABLE; FILE_INVALID where it is no such file, or where others may read or change it
 */
export function readTokenFile(path: string): StoredToken[] {
  let text: string;
  try {
    if (statSync(path).mode & OPEN_TO_OTHERS)
      throw new BioxError(
        "FILE_INVALID",
        `File '${path}' of tokens is open to other users.`,
        `Close it with chmod 600 '${path}', and revoke tokens that were not made by you.`,
      );
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw cause instanceof BioxError ? cause : unreadable(path, cause);
  }
  const parsed = v.safeParse(tokenFile, json(text));
  if (!parsed.success)
    throw new BioxError(
      "FILE_INVALID",
      `File '${path}' is not a file of tokens: ${parsed.issues[0].message}.`,
      "Make one with 'biox token create'.",
    );
  return parsed.output.tokens;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Changes a file of tokens, all or nothing: what is new is written beside it and put in its place. It keeps its owner, its group and
 * whether that group may read it. A file that does not exist is made with mode 0600; by root it gets its folder's owner and group, and
 * mode 0640 where that group is another than root's, so that a service which belongs to it can read what root has written.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_UNWRITABLE, FILE_INVALID
 */
export function changeTokenFile(path: string, change: (tokens: StoredToken[]) => StoredToken[]): void {
  const beside = `${path}.new`;
  let file: number;
  try {
    // That there can be only one such file keeps two changes from undoing one another.
    file = openSync(beside, "wx", 0o600);
  } catch (cause) {
    if (systemCode(cause) !== "EEXIST") throw unwritable(path, cause);
    throw new BioxError(
      "FILE_UNWRITABLE",
      `File '${path}' is being changed by another command.`,
      `Try again; where no other 'biox token' runs, remove '${beside}'.`,
      { cause },
    );
  }
  try {
    const exists = statSync(path, { throwIfNoEntry: false });
    const tokens = change(exists ? readTokenFile(path) : []);
    const { uid, gid } = exists ?? statSync(dirname(path));
    const isRoot = process.getuid?.() === 0;
    writeFileSync(file, `${JSON.stringify({ version: 1, tokens }, undefined, 2)}\n`);
    if (isRoot) fchownSync(file, uid, gid);
    const groupReads = exists ? (exists.mode & GROUP_READS) !== 0 : isRoot && gid !== 0;
    if (groupReads && fstatSync(file).gid === gid) fchmodSync(file, 0o600 | GROUP_READS);
    renameSync(beside, path);
  } catch (cause) {
    rmSync(beside, { force: true });
    throw cause instanceof BioxError ? cause : unwritable(path, cause);
  } finally {
    closeSync(file);
  }
}
