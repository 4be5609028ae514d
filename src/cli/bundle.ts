import { Command } from "commander";
import { verifyBundle } from "../index.js";
import { checkCommand } from "./bundle-check.js";
import { optimiseCommand } from "./bundle-optimise.js";
import { packCommand } from "./bundle-pack.js";
import { quantizeCommand } from "./bundle-quantize.js";
import { keygenCommand, signCommand } from "./bundle-sign.js";
import { printJson } from "./options.js";
import { synthesizeCommand } from "./synthesize.js";

export function bundleCommand(): Command {
  const verify = new Command("verify")
    .description("Checks every file of a bundle against its recorded hash and size.")
    .argument("<bundle>", "folder or .tar of a bundle")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExamples:\n  $ biox bundle verify bundles/demo")
    .action(run);
  return new Command("bundle")
    .description("Works on bundles.")
    .addCommand(packCommand())
    .addCommand(verify)
    .addCommand(optimiseCommand())
    .addCommand(checkCommand())
    .addCommand(quantizeCommand())
    .addCommand(synthesizeCommand())
    .addCommand(keygenCommand())
    .addCommand(signCommand())
    .addHelpText(
      "after",
      `
Examples:
  $ biox bundle verify bundles/demo
  $ biox bundle optimise my-bundle --out my-bundle-fast
  $ biox bundle pack description.json --lower lower.onnx --bridge bridge.safetensors --upper upper.onnx --out my-bundle
  $ biox bundle check my-bundle
  $ biox bundle quantize my-bundle --precision int8 --windows windows.safetensors --out my-bundle-int8
  $ biox bundle synthesize --route wesad-ecg2ppg --out ecg2ppg
  $ biox bundle keygen --out release.pem
  $ biox bundle sign my-bundle --key release.pem`,
    );
}

async function run(path: string, flags: { json?: boolean }): Promise<void> {
  const files = await verifyBundle(path);
  const ok = files.every((file) => file.ok);
  if (flags.json) printJson({ type: "verified", ok, files });
  else {
    for (const { file, ok, bytes, problem } of files)
      process.stdout.write(`${ok ? "ok     " : "FAILED "} ${file.padEnd(22)} ${problem ?? `${bytes} bytes`}\n`);
    process.stdout.write(
      ok ? "The bundle is whole.\n" : "The bundle is altered or incomplete: copy it again from where it was made.\n",
    );
  }
  if (!ok) process.exitCode = 1;
}
