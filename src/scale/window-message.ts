import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { WindowArray } from "../engine/cut-window.js";
import { BioxError } from "../errors.js";
import type { PreparedDtype } from "../prepare/index.js";

const DTYPES: readonly string[] = ["float32", "float64", "int32", "int64"] satisfies PreparedDtype[];
const MOST_DIMENSIONS = 8;

/** A window as it lies in the queue: these in the headers, the array as the payload. */
export interface WindowMessage {
  readonly id: string;
  /** SHA-256 of the bundle that it was cut for. */
  readonly hash: string;
  /** When it was sent, and when its answer is of no use any more, epoch ms by the gateway's clock. */
  readonly sent: number;
  readonly deadline: number;
  readonly array: WindowArray;
}

export function windowHeaders({ id, hash, sent, deadline, array }: WindowMessage): MsgHdrs {
  const made = headers();
  made.set("Biox-Window", id);
  made.set("Biox-Bundle", hash);
  made.set("Biox-Sent", String(Math.round(sent)));
  made.set("Biox-Deadline", String(Math.round(deadline)));
  made.set("Biox-Kind", array.kind);
  made.set("Biox-Dtype", array.dtype);
  made.set("Biox-Shape", array.shape.join(","));
  made.set("Biox-Rate", String(array.rate));
  return made;
}

/**
 * Reads a window from a message; whether the array fits a bundle is not looked at.
 *
 * @param data is copied
 * @throws BioxError WINDOW_INVALID
 */
export function readWindow(found: MsgHdrs | undefined, data: Uint8Array): WindowMessage {
  const text = (name: string): string => {
    const value = found?.get(name) ?? "";
    if (value === "") throw invalid(`has no ${name}`);
    return value;
  };
  const number = (name: string): number => {
    const value = Number(text(name));
    if (!Number.isFinite(value)) throw invalid(`has ${name} '${text(name).slice(0, 20)}', which is no number`);
    return value;
  };
  const kind = text("Biox-Kind");
  const dtype = text("Biox-Dtype");
  const shape = text("Biox-Shape").split(",").map(Number);
  if (kind !== "prepared" && kind !== "raw") throw invalid(`is of kind '${kind.slice(0, 20)}'`);
  if (!DTYPES.includes(dtype)) throw invalid(`is of type '${dtype.slice(0, 20)}'`);
  if (shape.length > MOST_DIMENSIONS || !shape.every((size) => Number.isSafeInteger(size) && size > 0))
    throw invalid(`has the shape '${text("Biox-Shape").slice(0, 40)}'`);
  return {
    id: text("Biox-Window"),
    hash: text("Biox-Bundle"),
    sent: number("Biox-Sent"),
    deadline: number("Biox-Deadline"),
    // A copy of its own: what the client hands out is a part of what it has received, and must begin where a number may.
    array: { kind, dtype: dtype as PreparedDtype, shape, rate: number("Biox-Rate"), bytes: new Uint8Array(data) },
  };
}

function invalid(what: string): BioxError {
  return new BioxError("WINDOW_INVALID", `A window in the queue ${what}.`);
}
