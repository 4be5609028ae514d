import { readFile } from "node:fs/promises";
import { Option } from "commander";
import { type Signer, type Trust, unreadable } from "../index.js";

/** Whose bundles a command takes; without it everybody's. */
export function trustOption(): Option {
  return new Option(
    "--trust <key...>",
    "only bundles signed by one of these: public keys, or files with one a line (default: all bundles)",
  );
}

/** The list that `--trust` gives. In a file, empty lines and such that begin with # are passed over. */
export async function trustOf(given: readonly string[] | undefined): Promise<{ trust?: Trust }> {
  if (given === undefined) return {};
  const keys: string[] = [];
  for (const item of given) {
    if (item.startsWith("ed25519:")) keys.push(item);
    else keys.push(...(await linesOf(item)));
  }
  return { trust: { keys } };
}

async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw unreadable(path, cause);
  });
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** Who has signed a bundle, in a few words. */
export function signerText(signer: Signer | undefined): string {
  if (!signer) return "by nobody";
  const { id, name, trusted, key } = signer;
  return trusted ? `by ${name ?? key} (key ${id}, trusted)` : `by ${key} (key ${id}; not compared with trusted keys)`;
}
