import { dirname, resolve } from "node:path";
import { Command } from "commander";
import type { ForgetReport } from "../gateway/index.js";
import { printJson } from "./options.js";
import { sections } from "./serve-parts.js";

interface ForgetFlags {
  config: string;
  dryRun?: boolean;
  json?: boolean;
}

export function forgetCommand(): Command {
  return new Command("forget")
    .description("Removes everything that a gateway has kept of one wearer, and says what it removed.")
    .argument("<wearer>", "id of the wearer, which the configuration has no more")
    .requiredOption("--config <file>", "configuration of biox serve")
    .option("--dry-run", "only say what would be removed")
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      `
Take the wearer out of the configuration and stop the gateway before.

Examples:
  $ biox forget w07 --config gateway.yaml --dry-run
  $ biox forget w07 --config gateway.yaml`,
    )
    .action(run);
}

async function run(wearer: string, { config: path, dryRun = false, json }: ForgetFlags): Promise<void> {
  const file = resolve(path);
  const { forgetSections, forgetWearer, readConfig, requireFolder } = await import("../gateway/index.js");
  await requireFolder(dirname(file));
  process.chdir(dirname(file));
  const config = await readConfig(file, { ...(await sections()), ...forgetSections });
  const report = await forgetWearer(wearer, config, dryRun);
  if (json) printJson({ type: "forgotten", ...report });
  else process.stdout.write(reportText(report));
  // A broker's client may keep the event loop alive; everything is written and closed by now.
  process.stdout.write("", () => process.exit(0));
}

function reportText({ wearer, dryRun, files, rows, lines, brokers, remains }: ForgetReport): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  const list = [
    ...files.map((file) => `${file.path}: ${file.bytes} bytes`),
    ...Object.entries(rows).map(([path, n]) => `${path}: ${n} rows`),
    ...Object.entries(lines).map(([path, n]) => `${path}: ${n} lines`),
    ...brokers.map(({ sink, state }) => `retained messages of sink ${sink}: ${state}`),
  ];
  const done = dryRun ? "Would remove" : "Removed";
  const head = `${done} of ${wearer}: ${files.length} files (${bytes} bytes), ${sum(rows)} rows, ${sum(lines)} lines.\n`;
  return `${list.map((line) => `  ${line}\n`).join("")}${head}${remains.map((sentence) => `${sentence}\n`).join("")}`;
}
