import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Bytes of a token's secret: 256 random bits, so that one SHA-256 is enough to keep it by. No dictionary holds it, unlike a password. */
const SECRET_BYTES = 32;
const ID_BYTES = 4;
const PATTERN = /^biox_([0-9a-f]{8})_([A-Za-z0-9_-]{43})$/;

/** A new token: `biox_ID_SECRET`. The id is no secret; it names the token in lists and in the file. */
export function newToken(): { id: string; text: string; hash: string } {
  const id = randomBytes(ID_BYTES).toString("hex");
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  return { id, text: `biox_${id}_${secret}`, hash: hashSecret(secret) };
}

/** The two parts of a token; undefined where the text is none. */
export function splitToken(text: string): { id: string; secret: string } | undefined {
  const match = PATTERN.exec(text);
  return match ? { id: match[1]!, secret: match[2]! } : undefined;
}

/** SHA-256 of a secret, 64 hexadecimal digits. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares two hashes in a time that does not depend on where they differ. */
export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, "hex"), Buffer.from(b, "hex")];
  return left.length === right.length && timingSafeEqual(left, right);
}
