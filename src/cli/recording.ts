import { Command } from "commander";
import { decryptRecording, generateKey } from "../index.js";
import { warn } from "./fail.js";
import { printJson } from "./options.js";
import { requireWritable } from "./out-file.js";

export function recordingCommand(): Command {
  return new Command("recording")
    .description("Works on encrypted recordings.")
    .addCommand(keygen())
    .addCommand(decrypt())
    .addHelpText(
      "after",
      `
Examples:
  $ biox recording keygen --out ward.pem
  $ biox recording decrypt walk.bioxrec.enc --key ward.pem --out walk.bioxrec`,
    );
}

function keygen(): Command {
  return new Command("keygen")
    .description("Makes a key that recordings are encrypted to, and prints its public half, which recorders are given.")
    .requiredOption("--out <file>", "private key to write, readable by you alone; never overwritten")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExamples:\n  $ biox recording keygen --out ward.pem")
    .action(async ({ out, json }: { out: string; json?: boolean }) => {
      const { text, id } = await generateKey("x25519", out);
      if (json) printJson({ type: "key", out, publicKey: text, id });
      else process.stdout.write(`${text}\n`);
    });
}

interface DecryptFlags {
  key: string;
  out: string;
  salvage?: boolean;
}

function decrypt(): Command {
  return new Command("decrypt")
    .description("Decrypts a recording; one that was cut off, up to its last whole piece.")
    .argument("<recording>", "encrypted recording")
    .requiredOption("--key <file>", "private key of biox recording keygen")
    .requiredOption("--out <file>", "recording to write; never overwritten")
    .option("--salvage", "keep what stands before a place that is damaged or was altered")
    .addHelpText("after", "\nExamples:\n  $ biox recording decrypt walk.bioxrec.enc --key ward.pem --out walk.bioxrec")
    .action(async (path: string, { key, out, salvage = false }: DecryptFlags) => {
      await requireWritable(out, "keep");
      const report = await decryptRecording(path, key, out, { salvage });
      if (!report.complete)
        warn(`${path} was not ended by its recorder: ${report.unread} bytes at its end could not be read.`);
      printJson({ type: "decrypted", out, ...report });
    });
}
