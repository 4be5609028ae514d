import { Command } from "commander";
import { type BundleCheck, type CheckOptions, checkBundle } from "../index.js";
import { precisionOption, printJson, wholePositive } from "./options.js";
import { signerText, trustOf, trustOption } from "./trust.js";

interface CheckFlags extends Pick<CheckOptions, "precision"> {
  trust?: string[];
  threads: number;
  json?: boolean;
}

export function checkCommand(): Command {
  return new Command("check")
    .description("Checks a bundle's files, then runs its golden windows and compares every stage with what it was.")
    .argument("<bundle>", "folder or .tar of a bundle")
    .option("--threads <n>", "threads of ONNX Runtime", wholePositive, 1)
    .addOption(precisionOption())
    .addOption(trustOption())
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExamples:\n  $ biox bundle check my-bundle")
    .action(run);
}

async function run(path: string, { json, trust, ...options }: CheckFlags): Promise<void> {
  const check = await checkBundle(path, { ...options, ...(await trustOf(trust)) });
  if (json) printJson({ type: "checked", ...check });
  else process.stdout.write(`${checkText(check)}Signed ${signerText(check.signedBy)}.\n`);
  if (!check.ok) process.exitCode = 1;
}

/** What a check came to, as lines of text. */
export function checkText({ files, golden }: BundleCheck): string {
  const broken = files.filter(({ ok }) => !ok).map(({ problem }) => `${problem}\n`);
  if (broken.length > 0) return `${broken.join("")}Copy the bundle again from where it was made.\n`;
  if (golden === null) return `The ${files.length} files are whole. The bundle has no golden windows to run.\n`;
  const { windows, stages, tolerance, sameLabels, ok } = golden;
  const lines = stages.map(
    ({ stage, difference, ok }) =>
      `${ok ? "ok     " : "FAILED "} ${stage.padEnd(8)} differs by ${difference.toExponential(1)} at most\n`,
  );
  const verdict = ok
    ? `The model gives here what it gave where it was packed: ${windows} golden windows, tolerance ${tolerance}.\n`
    : `The model gives other answers here, by more than ${tolerance}; ${sameLabels} of ${windows} golden windows keep their label.\n`;
  return lines.join("") + verdict;
}
