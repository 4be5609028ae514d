import type { Command } from "commander";

const HINT = "      ";

/** Has a command and all below it complain of wrong arguments in the form that `fail` has: one sentence behind `biox:`, then hints. */
export function unifyComplaints(command: Command): void {
  command
    .configureOutput({ outputError: (text, write) => write(complaint(text)) })
    .showHelpAfterError(`${HINT}Run with --help for the options and examples.`);
  for (const sub of command.commands) unifyComplaints(sub);
}

/** Commander's `error: unknown option '--x'`, and behind it on lines of their own what it suggests. */
function complaint(text: string): string {
  const [first = "", ...rest] = text.trimEnd().split("\n");
  const message = first.replace(/^error: /, "");
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.?!]$/.test(message) ? "" : "."}`;
  return `${[`biox: ${sentence}`, ...rest.map((line) => HINT + line)].join("\n")}\n`;
}
