import { Command } from "commander";
import { printJson } from "./options.js";

export function benchCompareCommand(): Command {
  return new Command("compare")
    .description("Says what got slower or faster between two reports, beyond noise.")
    .argument("<before>", "JSON report of 'biox bench --out'")
    .argument("<after>", "another")
    .option("--fail-on-slower", "exit code 1 when biox got slower")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExamples:\n  $ biox bench compare before.json after.json --fail-on-slower")
    .action(run);
}

async function run(before: string, after: string, flags: { failOnSlower?: boolean; json?: boolean }): Promise<void> {
  const { compareReports, compareText, readReport } = await import("../bench/index.js");
  const comparison = compareReports(readReport(before), readReport(after));
  if (flags.json) printJson({ type: "comparison", ...comparison });
  else process.stdout.write(compareText(comparison));
  if (flags.failOnSlower && comparison.slower) process.exitCode = 1;
}
