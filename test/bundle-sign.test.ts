/** Signed bundles: who has signed is shown, and what was altered since, or signed by others, is not run. */

import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BioxError, generateKey, loadBundle, packTar, signBundle, verifyBundle, writeBundle } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { biox } from "./support/biox.js";

const folder = mkdtempSync(join(tmpdir(), "biox-sign-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** The error of the package that a call ends in. */
async function failure(call: () => Promise<unknown>): Promise<BioxError> {
  const error = await call().then(
    () => undefined,
    (cause) => cause,
  );
  expect(error).toBeInstanceOf(BioxError);
  return error;
}

async function expectRefusal(call: () => Promise<unknown>, code: string, ...parts: string[]): Promise<void> {
  const error = await failure(call);
  expect(error.code).toBe(code);
  for (const part of parts) expect(error.message).toContain(part);
}

/** Public keys of a.pem and b.pem; "signed" is signed by a. */
let a: string;
let b: string;
beforeAll(async () => {
  a = (await generateKey("ed25519", at("a.pem"))).text;
  b = (await generateKey("ed25519", at("b.pem"))).text;
  await buildTinyBundle(at("plain"), { probe: true });
  cpSync(at("plain"), at("signed"), { recursive: true });
  await signBundle(at("signed"), at("a.pem"));
});

/** A copy of the signed bundle that may be altered. */
function copy(name: string): string {
  cpSync(at("signed"), at(name), { recursive: true });
  return at(name);
}

function flip(path: string, byte: number): void {
  const bytes = readFileSync(path);
  bytes[byte]! ^= 1;
  writeFileSync(path, bytes);
}

describe("a trusted key", () => {
  it("is asked for by loadBundle, which says who has signed", async () => {
    const { signedBy } = await loadBundle(at("signed"), { trust: { keys: [b, `${a} Release 2026`] } });
    expect(signedBy).toEqual({
      key: a,
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: "Release 2026",
      trusted: true,
    });
    expect((await loadBundle(at("signed"))).signedBy).toMatchObject({ key: a, trusted: false });
    expect((await loadBundle(at("plain"))).signedBy).toBeUndefined();
  });

  it("is one of the list: others are refused, unsigned allowed or not", async () => {
    for (const unsigned of ["refuse", "allow"] as const) {
      const trust = { keys: [b], unsigned };
      await expectRefusal(() => loadBundle(at("signed"), { trust }), "BUNDLE_SIGNATURE", "signed by key", "trusted");
    }
    await expectRefusal(() => loadBundle(at("signed"), { trust: { keys: [] } }), "BUNDLE_SIGNATURE", "trusted");
  });

  it("is not needed where unsigned bundles are allowed, and only there", async () => {
    await expectRefusal(() => loadBundle(at("plain"), { trust: { keys: [a] } }), "BUNDLE_SIGNATURE", "not signed");
    expect((await loadBundle(at("plain"), { trust: { keys: [a], unsigned: "allow" } })).signedBy).toBeUndefined();
  });

  it("cannot be asked for while hashes are not", async () => {
    const options = { trust: { keys: [a] }, verify: false };
    await expectRefusal(() => loadBundle(at("signed"), options), "INVALID_ARGUMENT", "verify");
  });

  it.each([
    "",
    "ed25519:",
    "x25519:AAAA",
    "ed25519:AAAA",
    `x25519:${"A".repeat(43)}=`,
    // One key has one spelling: these bits stand behind its end.
    `ed25519:${"A".repeat(42)}B=`,
  ])("is refused as %j", async (key) => {
    await expectRefusal(() => loadBundle(at("signed"), { trust: { keys: [key] } }), "KEY_INVALID", "ed25519:");
  });
});

describe("a signature", () => {
  it("is one of Ed25519 over a line and the bytes of bundle.json, as OpenSSL checks it", () => {
    const { signature } = JSON.parse(readFileSync(join(at("signed"), "bundle.sig"), "utf8"));
    const message = `biox-bundle-signature 1\n${readFileSync(join(at("signed"), "bundle.json"), "utf8")}`;
    const key = createPublicKey(createPrivateKey(readFileSync(at("a.pem"))));
    expect(verify(null, Buffer.from(message), key, Buffer.from(signature, "base64"))).toBe(true);
    writeFileSync(at("message"), message);
    writeFileSync(at("signature"), Buffer.from(signature, "base64"));
    writeFileSync(at("a.pub.pem"), key.export({ type: "spki", format: "pem" }));
    const openssl = ["pkeyutl", "-verify", "-pubin", "-inkey", at("a.pub.pem"), "-rawin", "-in", at("message")];
    try {
      execFileSync("openssl", ["version"]);
    } catch {
      console.log("skipped: no openssl");
      return;
    }
    expect(execFileSync("openssl", [...openssl, "-sigfile", at("signature")], { encoding: "utf8" })).toContain(
      "Success",
    );
  });

  it("holds for each byte of the description, and for each byte of each file", async () => {
    const path = copy("bytes");
    const trust = { keys: [a] };
    const size = statSync(join(path, "bundle.json")).size;
    for (let byte = 0; byte < size; byte += 1 + Math.floor(size / 60)) {
      flip(join(path, "bundle.json"), byte);
      const error = await failure(() => loadBundle(path, { trust }));
      expect(["BUNDLE_SIGNATURE", "BUNDLE_INVALID"]).toContain(error.code);
      flip(join(path, "bundle.json"), byte);
    }
    for (const file of readdirSync(path).filter((name) => !name.startsWith("bundle.")))
      for (const share of [0, 0.5, 0.999]) {
        const byte = Math.floor(statSync(join(path, file)).size * share);
        flip(join(path, file), byte);
        await expectRefusal(() => loadBundle(path, { trust }), "BUNDLE_HASH", file);
        flip(join(path, file), byte);
      }
    for (let byte = 0; byte < statSync(join(path, "bundle.sig")).size; byte++) {
      flip(join(path, "bundle.sig"), byte);
      await expectRefusal(() => loadBundle(path, { trust }), "BUNDLE_SIGNATURE", "bundle");
      flip(join(path, "bundle.sig"), byte);
    }
    expect((await loadBundle(path, { trust })).signedBy?.trusted).toBe(true);
  });

  it("holds for files that inference does not read", async () => {
    const files: Record<string, Uint8Array> = { "LICENCE.txt": Buffer.from("free") };
    const { files: listed, ...manifest } = JSON.parse(readFileSync(join(at("plain"), "bundle.json"), "utf8"));
    for (const name of Object.keys(listed)) files[name] = readFileSync(join(at("plain"), name));
    await writeBundle(at("licence"), { manifest, files });
    await signBundle(at("licence"), at("a.pem"));
    flip(join(at("licence"), "LICENCE.txt"), 0);
    await expectRefusal(() => loadBundle(at("licence"), { trust: { keys: [a] } }), "BUNDLE_HASH", "LICENCE.txt");
  });

  it("that does not fit is refused without a list of keys, too, and found by verifyBundle", async () => {
    const path = copy("other");
    cpSync(join(at("plain"), "bundle.json"), join(path, "bundle.json"));
    const text = readFileSync(join(path, "bundle.json"), "utf8");
    writeFileSync(join(path, "bundle.json"), text.replace('"hop": 1', '"hop": 2'));
    await expectRefusal(() => loadBundle(path), "BUNDLE_SIGNATURE", "does not fit");
    const checks = await verifyBundle(path);
    expect(checks.filter(({ ok }) => !ok).map(({ file }) => file)).toEqual(["bundle.sig"]);
  });

  it("is not made of a bundle that is broken, nor by what is no key", async () => {
    const path = copy("broken");
    flip(join(path, "lower.onnx"), 9);
    await expectRefusal(() => signBundle(path, at("a.pem")), "BUNDLE_HASH", "lower.onnx");
    await expectRefusal(() => signBundle(at("plain"), at("a.pub")), "FILE_UNREADABLE", "a.pub");
    writeFileSync(at("text.pem"), "no key");
    await expectRefusal(() => signBundle(at("plain"), at("text.pem")), "KEY_INVALID", "text.pem");
    await generateKey("x25519", at("x.pem"));
    await expectRefusal(() => signBundle(at("plain"), at("x.pem")), "KEY_INVALID", "kind x25519");
    expect(readdirSync(at("plain"))).not.toContain("bundle.sig");
  });
});

describe("archives", () => {
  it("keep the signature of the folder they are packed from, and unpack to it", async () => {
    await packTar(at("signed"), at("packed.tar"));
    expect((await loadBundle(at("packed.tar"), { trust: { keys: [a] } })).signedBy?.key).toBe(a);
    execFileSync("mkdir", [at("unpacked")]);
    execFileSync("tar", ["xf", at("packed.tar"), "-C", at("unpacked")]);
    expect((await loadBundle(at("unpacked"), { trust: { keys: [a] } })).signedBy?.key).toBe(a);
    await packTar(at("packed.tar"), at("again.tar"));
    expect(readFileSync(at("again.tar"))).toEqual(readFileSync(at("packed.tar")));
  });

  it("are signed where they are, twice, and other tars still read them", async () => {
    execFileSync("tar", ["cf", at("own.tar"), "-C", folder, "plain"]);
    await signBundle(at("own.tar"), at("b.pem"));
    await signBundle(at("own.tar"), at("a.pem"));
    expect((await loadBundle(at("own.tar"), { trust: { keys: [a] } })).signedBy?.key).toBe(a);
    const names = execFileSync("tar", ["tf", at("own.tar")], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(names.filter((name) => name === "plain/bundle.sig")).toHaveLength(1);
    expect(names).toContain("plain/lower.onnx");
  });

  it("keep nothing of an older signature, with what other tars say of it ahead", async () => {
    execFileSync("cp", ["-r", at("signed"), at("paxed")]);
    execFileSync("tar", ["--format=pax", "-cf", at("pax.tar"), "-C", folder, "paxed"]);
    const extended = (): number =>
      readFileSync(at("pax.tar"), "latin1").match(/paxed\/PaxHeaders[^\0]*\/bundle\.sig\0/g)?.length ?? 0;
    expect(extended()).toBe(1);
    await signBundle(at("pax.tar"), at("b.pem"));
    expect(extended()).toBe(0);
    expect((await loadBundle(at("pax.tar"))).signedBy).toBeDefined();
    expect(execFileSync("tar", ["tf", at("pax.tar")], { encoding: "utf8" })).toContain("paxed/upper.onnx\n");
  });

  it("with an altered file are refused", async () => {
    await packTar(at("signed"), at("altered.tar"));
    const bytes = readFileSync(at("altered.tar"));
    bytes[bytes.indexOf(readFileSync(join(at("signed"), "upper.onnx"))) + 50]! ^= 1;
    writeFileSync(at("altered.tar"), bytes);
    await expectRefusal(() => loadBundle(at("altered.tar"), { trust: { keys: [a] } }), "BUNDLE_HASH", "upper.onnx");
  });
});

it("writing the same bundle again keeps its signature, writing another drops it", async () => {
  const path = copy("rewritten");
  const { files: listed, ...manifest } = JSON.parse(readFileSync(join(path, "bundle.json"), "utf8"));
  const files = Object.fromEntries(Object.keys(listed).map((name) => [name, readFileSync(join(path, name))]));
  await writeBundle(path, { manifest, files });
  expect((await loadBundle(path, { trust: { keys: [a] } })).signedBy?.key).toBe(a);
  await writeBundle(path, { manifest: { ...manifest, task: "another" }, files });
  expect((await loadBundle(path)).signedBy).toBeUndefined();
  expect(readdirSync(path)).not.toContain("bundle.sig");
});

describe("the command line", () => {
  it("makes a key, signs by it, shows who has signed, and runs only what is trusted", async () => {
    const key = await biox(["bundle", "keygen", "--out", at("cli.pem")]);
    expect(key.stdout).toMatch(/^ed25519:[A-Za-z0-9+/]{43}=\n$/);
    expect(statSync(at("cli.pem")).mode & 0o777).toBe(0o600);
    expect((await biox(["bundle", "keygen", "--out", at("cli.pem")])).stderr).toContain("it exists already");
    const path = copy("cli");
    const [signed] = (await biox(["bundle", "sign", path, "--key", at("cli.pem"), "--json"])).lines;
    expect(signed).toMatchObject({ type: "signed", publicKey: key.stdout.trim() });
    writeFileSync(at("keys"), `# whom we trust\n\n${b} B\n${key.stdout.trim()} Release\n`);
    const inspected = await biox(["inspect", path, "--json", "--trust", at("keys")]);
    expect(inspected.lines[0].signedBy).toMatchObject({ name: "Release", trusted: true, id: signed.id });
    expect((await biox(["bundle", "check", path])).stdout).toContain(signed.id);
    const run = ["run", path, "--from", "sim:?duration=10&speed=10", "--json", "--trust"];
    expect((await biox([...run, at("keys")])).lines.some(({ type }) => type === "prediction")).toBe(true);
    const refused = await biox([...run, b]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`is signed by key ${signed.id}`);
    expect(refused.stderr).not.toContain("    at ");
  });
});
