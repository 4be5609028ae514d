/** Names on the broker, and ids of windows. */

import { createHash } from "node:crypto";
import { BioxError } from "../errors.js";

export const RESULTS_STREAM = "biox-results";
export const RESULTS_SUBJECTS = "biox.results.>";
/** The one consumer of a stream of windows, which all its workers share. */
export const WORKERS = "workers";

/** Digits of a bundle's hash that stand in names; the whole hash is in each window's headers. */
const SHORT = 16;
const GATEWAY = /^[a-z0-9-]{1,40}$/;
const WEARER = /^[A-Za-z0-9_-]{1,40}$/;

/** The stream of a bundle's windows. */
export function windowsStream(hash: string): string {
  return `biox-windows-${hash.slice(0, SHORT)}`;
}

export function windowsSubjects(hash: string): string {
  return `biox.windows.${hash.slice(0, SHORT)}.>`;
}

/** Whose a window is. */
export interface Owner {
  readonly gateway: string;
  readonly wearer: string;
}

export function windowSubject(hash: string, { gateway, wearer }: Owner): string {
  return `biox.windows.${hash.slice(0, SHORT)}.${gateway}.${wearer}`;
}

export function isWindowsStream(name: string): boolean {
  return name.startsWith("biox-windows-");
}

/** Subjects of a wearer's windows, whichever the bundle. */
export function anyWindowSubject({ gateway, wearer }: Owner): string {
  return `biox.windows.*.${gateway}.${wearer}`;
}

export function resultSubject({ gateway, wearer }: Owner): string {
  return `biox.results.${gateway}.${wearer}`;
}

/** Owner of the window that lies under a subject; undefined where it is no such subject. */
export function ownerOf(subject: string): Owner | undefined {
  const [biox, windows, , gateway, wearer, ...more] = subject.split(".");
  const fits = biox === "biox" && windows === "windows" && more.length === 0;
  return fits && GATEWAY.test(gateway ?? "") && WEARER.test(wearer ?? "")
    ? { gateway: gateway!, wearer: wearer! }
    : undefined;
}

/**
 * Id of a window: the same however often it is sent, and no other window's.
 *
 * @param run of the engine over the wearer's source
 * @param end of the window, in samples of that source
 */
export function windowId({ gateway, wearer }: Owner, hash: string, run: string, end: number): string {
  return `${gateway}.${wearer}.${hash.slice(0, 8)}.${run}.${end}`;
}

/** The id given, or one that tells sources apart where a run was not told whose it is. */
export function wearerId(wearer: string | undefined, source: string): string {
  if (wearer !== undefined && WEARER.test(wearer)) return wearer;
  return `s${createHash("sha256").update(source).digest("hex").slice(0, 12)}`;
}

/** @throws BioxError INVALID_ARGUMENT */
export function requireGatewayId(gateway: string): string {
  if (GATEWAY.test(gateway)) return gateway;
  throw new BioxError(
    "INVALID_ARGUMENT",
    `Expected the gateway's id to be 1 to 40 of a to z, 0 to 9 and '-', but received '${gateway}'.`,
  );
}
