import * as v from "valibot";
import { parsePublicKey } from "../keys.js";

const KEY_TEXT = "a public key 'x25519:' with 44 letters of base64, as 'biox recording keygen' prints it";
const positive = (what: string, most: number) => v.pipe(v.number(what), v.gtValue(0, what), v.maxValue(most, what));
const days = positive("a number of days above 0, up to 36500", 36_500);
const gigabytes = positive("a number of gigabytes above 0, up to 1000000", 1e6);

/** Section `history` of a gateway's configuration. */
export const historySettings = v.strictObject({
  days: v.pipe(v.optional(days, 7), v.description("Messages that are older are removed.")),
  gigabytes: v.pipe(
    v.optional(gigabytes, 4),
    v.description("So are the oldest when the file grows beyond, in 10^9 bytes."),
  ),
});

/** Section `recordings` of a gateway's configuration. */
export const recordingsSettings = v.strictObject({
  folder: v.pipe(
    v.optional(v.pipe(v.string("the path of a folder"), v.nonEmpty("the path of a folder")), "recordings"),
    v.description("Folder with one for each wearer; within `data` unless it begins with `/`."),
  ),
  encrypt: v.pipe(
    v.optional(v.pipe(v.string(KEY_TEXT), v.check(isKey, KEY_TEXT))),
    v.description("Public key `x25519:BASE64` that recordings are encrypted to; plain files unless given."),
  ),
  keep: v.pipe(
    v.optional(
      v.strictObject({
        days: v.pipe(v.optional(days), v.description("Recordings that ended longer ago are removed.")),
        gigabytes: v.pipe(
          v.optional(gigabytes),
          v.description("So are the oldest when all of them take more, in 10^9 bytes."),
        ),
      }),
      {},
    ),
    v.description("How long recordings are kept; for ever unless given. The one under way is never removed."),
  ),
});

export type HistorySettings = v.InferOutput<typeof historySettings>;
export type RecordingsSettings = v.InferOutput<typeof recordingsSettings>;

function isKey(text: string): boolean {
  try {
    parsePublicKey("x25519", text);
    return true;
  } catch {
    return false;
  }
}
