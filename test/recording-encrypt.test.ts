/** Encrypted recordings: read by the owner of the key, up to the last whole chunk, and by nobody else. */

import { spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  BioxError,
  decryptRecording,
  encryptTo,
  generateKey,
  openSource,
  type RecordedItem,
  RecordingWriter,
  readRecording,
} from "biox-edge";
import sodium from "libsodium-wrappers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { biox } from "./support/biox.js";

const CHILD = fileURLToPath(new URL("support/recording-child.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-encrypt-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = { device: "biox", options: {}, baud: 115200, port: "p", started: 1000 };
const HEADER_BYTES = 8 + 8 + 80 + 24;

let recipient: string;
beforeAll(async () => {
  recipient = (await generateKey("x25519", at("key.pem"))).text;
  await generateKey("x25519", at("other.pem"));
});

/** Writes records of some bytes each, a chunk of the file for each piece that is longer than what is gathered. */
async function record(path: string, sizes: readonly number[]): Promise<void> {
  const writer = await RecordingWriter.create(path, HEADER, () => {}, await encryptTo(recipient));
  for (const [i, size] of sizes.entries()) writer.write(new Uint8Array(size).fill(i + 1), 1000 + i);
  await writer.close();
  expect(writer.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
}

async function items(path: string): Promise<RecordedItem[]> {
  const found: RecordedItem[] = [];
  for await (const item of (await readRecording(path)).items()) found.push(item);
  return found;
}

let outputs = 0;
async function decrypt(path: string, options = {}): Promise<{ complete: boolean; unread: number; out: string }> {
  const out = at(`out-${outputs++}`);
  return { ...(await decryptRecording(path, at("key.pem"), out, options)), out };
}

async function refusal(call: Promise<unknown>): Promise<BioxError> {
  const error = await call.then(
    () => undefined,
    (cause) => cause,
  );
  expect(error).toBeInstanceOf(BioxError);
  return error;
}

/** Where each chunk ends, by the lengths before them. */
function chunkEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let end = HEADER_BYTES; end < bytes.length; ends.push(end)) end += 4 + bytes.readUInt32LE(end);
  return ends;
}

it("gives back byte for byte what a plain recording holds", async () => {
  const sizes = [3, 100_000, 70_000, 1 << 20, 0, 5];
  await record(at("a.enc"), sizes);
  const { out, ...report } = await decrypt(at("a.enc"));
  const plain = await RecordingWriter.create(at("a.bioxrec"), HEADER);
  for (const [i, size] of sizes.entries()) plain.write(new Uint8Array(size).fill(i + 1), 1000 + i);
  await plain.close();
  expect(readFileSync(out)).toEqual(readFileSync(at("a.bioxrec")));
  expect(report).toEqual({ complete: true, unread: 0, bytes: readFileSync(out).length });
});

it("is of the documented format, which libsodium alone can read", async () => {
  await record(at("format.enc"), [10, 70_000]);
  await sodium.ready;
  const jwk = createPrivateKey(readFileSync(at("key.pem"))).export({ format: "jwk" });
  const [publicKey, secret] = [Buffer.from(jwk.x!, "base64url"), Buffer.from(jwk.d!, "base64url")];
  const bytes = readFileSync(at("format.enc"));
  expect(bytes.toString("latin1", 0, 8)).toBe("BIOXENC1");
  const streamKey = sodium.crypto_box_seal_open(bytes.subarray(16, 96), publicKey, secret);
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(bytes.subarray(96, 120), streamKey);
  const parts: Uint8Array[] = [];
  let from = HEADER_BYTES;
  const tags: number[] = [];
  for (const end of chunkEnds(bytes)) {
    const opened = sodium.crypto_secretstream_xchacha20poly1305_pull(state, bytes.subarray(from + 4, end), null);
    if (!opened) throw new Error("a chunk does not open");
    parts.push(opened.message);
    tags.push(opened.tag);
    from = end;
  }
  expect(Buffer.concat(parts)).toEqual(readFileSync((await decrypt(at("format.enc"))).out));
  expect(tags).toEqual([...tags.slice(1).map(() => 0), 3]);
});

it("has a key of its own in each file, also in those of one gateway", async () => {
  const create = await encryptTo(recipient);
  const { x, d } = createPrivateKey(readFileSync(at("key.pem"))).export({ format: "jwk" });
  await sodium.ready;
  const keys: string[] = [];
  for (const name of ["own-1.enc", "own-2.enc"]) {
    await (await RecordingWriter.create(at(name), HEADER, () => {}, create)).close();
    const [publicKey, secret] = [Buffer.from(x!, "base64url"), Buffer.from(d!, "base64url")];
    const sealed = readFileSync(at(name)).subarray(16, 96);
    keys.push(sodium.to_hex(sodium.crypto_box_seal_open(sealed, publicKey, secret)));
  }
  expect(keys[0]).not.toBe(keys[1]);
  for (const key of keys) expect(new Set(key).size).toBeGreaterThan(4);
});

it("says nothing in plain text, and no two files alike", async () => {
  await record(at("same-1.enc"), [5000]);
  await record(at("same-2.enc"), [5000]);
  const [one, two] = [readFileSync(at("same-1.enc")), readFileSync(at("same-2.enc"))];
  expect(one.includes("device")).toBe(false);
  expect(one.includes(Buffer.alloc(8, 1))).toBe(false);
  expect(one.subarray(16).equals(two.subarray(16))).toBe(false);
  expect(one.subarray(0, 16)).toEqual(two.subarray(0, 16));
});

it("wherever it is torn in its last chunks, opens up to the last whole one", async () => {
  await record(at("torn.enc"), [65_536, 65_536, 30]);
  const whole = readFileSync(at("torn.enc"));
  const plain = readFileSync((await decrypt(at("torn.enc"))).out);
  const before = chunkEnds(whole).at(-2)!;
  for (let cut = before - 25; cut < whole.length; cut++) {
    const zeroed = Buffer.alloc(cut + 200);
    whole.copy(zeroed, 0, 0, cut);
    // Where the power failed, the file system may have had room for more, and only zeros in it.
    for (const torn of cut % 5 === 0 ? [whole.subarray(0, cut), zeroed] : [whole.subarray(0, cut)]) {
      writeFileSync(at("part.enc"), torn);
      const { out, complete, unread } = await decrypt(at("part.enc"));
      const found = readFileSync(out);
      expect(found.equals(plain.subarray(0, found.length))).toBe(true);
      // The record of 30 bytes is lost, and the long one before it only where its own chunk is cut.
      expect(plain.length - found.length).toBe(cut < before ? 30 + 65_536 + 2 * 12 : 30 + 12);
      expect({ complete, unread: unread > 0 }).toEqual({ complete: false, unread: torn.length !== before });
      rmSync(out);
    }
  }
}, 120_000);

it("refuses a byte that was changed anywhere, chunks that were moved, and what was added", async () => {
  await record(at("good.enc"), [65_536, 65_536, 65_536]);
  const good = readFileSync(at("good.enc"));
  const [first, second, third] = chunkEnds(good) as [number, number, number];
  const places = [0, 9, 20, 99, 119, 121, 125, first - 1, first + 2, first + 6, third - 1, third + 9, good.length - 1];
  for (const place of places) {
    const bytes = Buffer.from(good);
    bytes[place]! ^= 0x40;
    writeFileSync(at("bad.enc"), bytes);
    const out = at("bad.out");
    const { code } = await refusal(decryptRecording(at("bad.enc"), at("key.pem"), out));
    expect(code, `byte ${place}`).toBe(place === 9 ? "KEY_INVALID" : "FILE_INVALID");
    expect(existsSync(out)).toBe(false);
  }
  const [head, a, b, rest] = [
    good.subarray(0, first),
    good.subarray(first, second),
    good.subarray(second, third),
    good.subarray(third),
  ];
  for (const parts of [
    [head, b, a, rest],
    [head, a, rest],
    [head, a, a, b, rest],
    [good, a],
    [good, Buffer.from([1])],
  ]) {
    writeFileSync(at("bad.enc"), Buffer.concat(parts));
    expect((await refusal(decrypt(at("bad.enc")))).message).toMatch(/damaged or was altered at byte \d+/);
  }
  const { out, ...salvaged } = await decrypt(at("bad.enc"), { salvage: true });
  expect(salvaged).toMatchObject({ complete: false, unread: 1 });
  expect((await items(out)).length).toBe(3);
});

it("is not opened by another key, nor by what is no key, and is written over nothing", async () => {
  await record(at("mine.enc"), [100]);
  const other = await refusal(decryptRecording(at("mine.enc"), at("other.pem"), at("x")));
  expect(other).toMatchObject({ code: "KEY_INVALID", message: expect.stringMatching(/to key [0-9a-f]{16}, but/) });
  expect((await refusal(decryptRecording(at("mine.enc"), at("mine.enc"), at("x")))).code).toBe("KEY_INVALID");
  expect(existsSync(at("x"))).toBe(false);
  writeFileSync(at("x"), "mine");
  expect((await refusal(decryptRecording(at("mine.enc"), at("key.pem"), at("x")))).code).toBe("FILE_UNWRITABLE");
  expect(readFileSync(at("x"), "utf8")).toBe("mine");
  expect((await refusal(encryptTo("x25519:abc"))).code).toBe("KEY_INVALID");
});

it("is told apart: a replay and an export say that it is to be decrypted first", async () => {
  await record(at("shut.bioxrec.enc"), [100]);
  const error = await refusal(openSource(`replay:${at("shut.bioxrec.enc")}`));
  expect(error).toMatchObject({ code: "FILE_INVALID", hint: expect.stringContaining("biox recording decrypt") });
  const exported = await biox(["export", at("shut.bioxrec.enc"), "--to", at("shut.csv")]);
  expect(exported).toMatchObject({ code: 1, stderr: expect.stringContaining("is encrypted") });
  const decrypted = await refusal(decrypt(at("key.pem")));
  expect(decrypted.message).toContain("encrypted recording, but it is none");
});

it("of a recorder that is killed lacks less than a second", async () => {
  for (const ms of [0, 150, 600]) {
    const path = at(`killed-${ms}.enc`);
    const last = await new Promise<number>((resolve) => {
      const child = spawn(process.execPath, [CHILD, path, recipient], { stdio: ["ignore", "pipe", "inherit"] });
      let said = "";
      child.stdout.on("data", (text: Buffer) => {
        if (said === "") setTimeout(() => child.kill("SIGKILL"), ms);
        said += text;
      });
      child.on("close", () => resolve(Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1))));
    });
    const { out, complete } = await decrypt(path);
    expect(complete).toBe(false);
    const arrived = (await items(out)).at(-1)?.arrival ?? (await readRecording(out)).header.started;
    expect(last - arrived).toBeLessThan(1000);
  }
}, 60_000);

it("is made and read by the command line, and leaves no samples in plain text", async () => {
  const key = await biox(["recording", "keygen", "--out", at("cli.pem")]);
  const record = ["record", "--from", "sim:?duration=5&speed=10", "--encrypt", key.stdout.trim()];
  const refused = await biox([...record, "--out", at("cli.bioxrec.enc"), "--samples", at("cli.csv")]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("--encrypt") });
  const [recorded] = (await biox([...record, "--out", at("cli.bioxrec.enc")])).lines;
  expect(recorded.files).toEqual([at("cli.bioxrec.enc")]);
  const decrypt = ["recording", "decrypt", at("cli.bioxrec.enc"), "--key", at("cli.pem"), "--out", at("cli.bioxrec")];
  const [decrypted] = (await biox(decrypt)).lines;
  expect(decrypted).toMatchObject({ type: "decrypted", complete: true, unread: 0 });
  expect(statSync(at("cli.bioxrec")).mode & 0o777).toBe(0o600);
  const source = await openSource(`replay:${at("cli.bioxrec")}?speed=1000`);
  if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
  expect(source.stats.samples).toBe(recorded.samples);
  expect(source.stats.samples).toBe(recorded.samples);
  await source.close();
});

it("is made beside a run, too", async () => {
  const key = await biox(["recording", "keygen", "--out", at("run.pem")]);
  const encrypt = ["--encrypt", key.stdout.trim()];
  await buildTinyBundle(at("tiny"), { rate: 100, seconds: 2, hop: 0.5 });
  const run = ["run", at("tiny"), "--from", "sim:?duration=5&speed=10&rate=100", "--json"];
  const alone = await biox([...run, ...encrypt]);
  expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining("--record, which was not given") });
  const refused = await biox([...run, ...encrypt, "--record", at("run.bioxrec.enc"), "--samples", at("run.csv")]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("--encrypt") });
  const { code, lines } = await biox([...run, ...encrypt, "--record", at("run.bioxrec.enc")]);
  expect(code).toBe(0);
  const { samples } = lines.find(({ type }) => type === "summary");
  expect(readdirSync(at("")).filter((name) => name.startsWith("run."))).toEqual(["run.bioxrec.enc", "run.pem"]);
  await biox(["recording", "decrypt", at("run.bioxrec.enc"), "--key", at("run.pem"), "--out", at("run.bioxrec")]);
  const source = await openSource(`replay:${at("run.bioxrec")}?speed=1000`);
  if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
  expect(source.stats.samples).toBe(samples);
  await source.close();
});
