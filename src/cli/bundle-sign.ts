import { Command } from "commander";
import { generateKey, signBundle } from "../index.js";
import { printJson } from "./options.js";

export function keygenCommand(): Command {
  return new Command("keygen")
    .description("Makes a key to sign bundles with, and prints its public half, which goes into lists of trusted keys.")
    .requiredOption("--out <file>", "private key to write, readable by you alone; never overwritten")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExamples:\n  $ biox bundle keygen --out release.pem")
    .action(async ({ out, json }: { out: string; json?: boolean }) => {
      const { text, id } = await generateKey("ed25519", out);
      if (json) printJson({ type: "key", out, publicKey: text, id });
      else process.stdout.write(`${text}\n`);
    });
}

export function signCommand(): Command {
  return new Command("sign")
    .description("Signs a bundle: writes bundle.sig into it, in place of a signature that it had.")
    .argument("<bundle>", "folder or .tar of a bundle")
    .requiredOption("--key <file>", "private key of biox bundle keygen")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExamples:\n  $ biox bundle sign my-bundle --key release.pem")
    .action(async (bundle: string, { key, json }: { key: string; json?: boolean }) => {
      const signed = await signBundle(bundle, key);
      if (json) printJson({ type: "signed", bundle, publicKey: signed.key, id: signed.id });
      else process.stdout.write(`Signed ${bundle} by key ${signed.id}.\n${signed.key}\n`);
    });
}
