import { Command } from "commander";
import { exportRecording } from "../index.js";
import { printJson } from "./options.js";
import { requireWritable } from "./out-file.js";

export function exportCommand(): Command {
  return new Command("export")
    .description("Writes a recording as EDF+, BDF+, WFDB or CSV.")
    .argument("<recording>", "file of biox record")
    .requiredOption("--to <file>", "file to write: .edf, .bdf, .hea (WFDB) or .csv; never overwritten")
    .option("--stream <name>", "only this stream (default: all)")
    .addHelpText(
      "after",
      `
Examples:
  $ biox export walk.bioxrec --to walk.edf
  $ biox export walk.bioxrec --to walk.hea --stream pulse`,
    )
    .action(run);
}

async function run(path: string, flags: { to: string; stream?: string }): Promise<void> {
  await requireWritable(flags.to, "keep");
  const report = await exportRecording(path, flags.to, flags.stream);
  for (const note of report.notes) process.stderr.write(`biox: ${note}.\n`);
  printJson(report);
}
