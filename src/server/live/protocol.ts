/**
 * What the live page and the server say to each other over a WebSocket. Shared by both, so nothing here needs Node.
 *
 * Text frames are JSON: {@link ServerFrame} one way, {@link ClientFrame} the other. Samples go in binary frames, see sample-frame.ts.
 */

import type { BundleStatus, WearerStatus } from "../../gateway/types.js";
import type { GatewayMessage } from "../../sinks/sink.js";
import type { Gap } from "../../stream/timeline.js";

export const LIVE_PATH = "/api/v1/live";
/** Raised when a page of another version could misread what it is sent. */
export const LIVE_VERSION = 1;
/** Largest frame of a client, bytes. */
export const LONGEST_CLIENT_FRAME = 4096;
/** Close codes: a frame that is no {@link ClientFrame}; a token that is no longer good; the server stops. */
export const CLOSE_MALFORMED = 1008;
export const CLOSE_UNAUTHORIZED = 4001;
export const CLOSE_STOPPING = 1001;

/** A wearer as the overview shows it: everything but the accounts of its runs. `handle` names it in binary frames, 0 to 65535. */
export type WearerBrief = Omit<WearerStatus, "bundles"> & {
  readonly handle: number;
  readonly bundles: readonly Omit<WearerStatus["bundles"][number], "summary">[];
};

/** What this viewer has not been sent because it takes too slowly, since it came. */
export interface Dropped {
  readonly frames: number;
  readonly samples: number;
  readonly messages: number;
}

export type ServerFrame =
  /** The first frame. `at` is the server's clock, epoch ms, as in all others. */
  | {
      readonly type: "hello";
      readonly version: number;
      readonly at: number;
      readonly gateway: string;
      readonly started: number;
      readonly bundles: readonly BundleStatus[];
      readonly wearers: readonly WearerBrief[];
    }
  /** Each second. `watched` is the wearer in depth, with the accounts of its runs. */
  | {
      readonly type: "status";
      readonly at: number;
      readonly ready: boolean;
      readonly bundles: readonly BundleStatus[];
      readonly wearers: readonly WearerBrief[];
      readonly watched: WearerStatus | null;
      readonly dropped: Dropped;
    }
  | { readonly type: "message"; readonly message: GatewayMessage }
  /** Of the wearer in depth: its samples come from now on. `wearer` is null where none is watched, or there is none of that id. */
  | { readonly type: "watching"; readonly wearer: string | null; readonly handle: number | null }
  /** Samples of the wearer in depth that never arrived. */
  | { readonly type: "gap"; readonly handle: number; readonly gap: Gap & { readonly stream: string } }
  | { readonly type: "pong"; readonly ping: number; readonly at: number };

export type ClientFrame = { readonly watch: string | null } | { readonly ping: number };

/** Reads what a client sent; undefined where it is nothing of the kind. */
export function parseClientFrame(text: string): ClientFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== "object" || frame === null || Object.keys(frame).length !== 1) return undefined;
  if ("watch" in frame && (frame.watch === null || isWearerId(frame.watch))) return { watch: frame.watch };
  if ("ping" in frame && Number.isFinite(frame.ping)) return { ping: frame.ping as number };
  return undefined;
}

function isWearerId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9_-]{1,40}$/.test(value);
}
