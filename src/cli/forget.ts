import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import type * as Parts from "../gateway/index.js";
import type { ForgetReport, ForgetSettings } from "../gateway/index.js";
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
Take the wearer out of the configuration before. A gateway that runs must have read that (SIGHUP); it then removes all itself.

Examples:
  $ biox forget w07 --config gateway.yaml --dry-run
  $ biox forget w07 --config gateway.yaml`,
    )
    .action(run);
}

async function run(wearer: string, { config: path, dryRun = false, json }: ForgetFlags): Promise<void> {
  const file = resolve(path);
  const parts = await import("../gateway/index.js");
  const { readConfig, requireFolder, forgetSections, forgetWearer } = parts;
  await requireFolder(dirname(file));
  process.chdir(dirname(file));
  const config = await readConfig(file, { ...(await sections()), ...forgetSections });
  const report = dryRun ? await forgetWearer(wearer, config, true) : await remove(wearer, config, parts);
  if (json) printJson({ type: "forgotten", ...report });
  else process.stdout.write(reportText(report));
  // A broker's client may keep the event loop alive; everything is written and closed by now.
  process.stdout.write("", () => process.exit(0));
}

/** By the gateway itself where one runs on this data; by this process, which nobody can then start a gateway beside, where none does. */
async function remove(wearer: string, config: ForgetSettings, parts: typeof Parts): Promise<ForgetReport> {
  const { askToForget, forgetWearer, openControl, requireForgettable } = parts;
  requireForgettable(wearer, config.wearers);
  const data = resolve(config.data);
  const done = await askToForget(data, wearer);
  if (done) return done;
  const busy = async (): Promise<never> => {
    throw new Error("Another 'biox forget' is at work.");
  };
  const control = existsSync(data) ? await openControl(data, { forget: busy }, () => {}) : undefined;
  try {
    return await forgetWearer(wearer, config, false);
  } finally {
    await control?.close();
  }
}

function reportText({ wearer, dryRun, files, rows, lines, brokers, remains }: ForgetReport): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  const list = [
    ...files.map((file) => `${file.path}: ${file.bytes} bytes`),
    ...Object.entries(rows).map(([path, n]) => `${path}: ${n} rows`),
    ...Object.entries(lines).map(([path, n]) => `${path}: ${n} lines`),
    ...brokers.map(({ sink, state }) => `kept by the broker of ${sink}: ${state}`),
  ];
  const done = dryRun ? "Would remove" : "Removed";
  const head = `${done} of ${wearer}: ${files.length} files (${bytes} bytes), ${sum(rows)} rows, ${sum(lines)} lines.\n`;
  return `${list.map((line) => `  ${line}\n`).join("")}${head}${remains.map((sentence) => `${sentence}\n`).join("")}`;
}
