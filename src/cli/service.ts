import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import type { Step } from "../gateway/index.js";
import { sections } from "./serve-parts.js";

const out = (text: string): unknown => process.stdout.write(`${text}\n`);
const PRINT = ["--print", "only show what would be done"] as const;

export function serviceCommand(): Command {
  return new Command("service")
    .description("Has systemd run the gateway: from boot on, started again when it fails, shut in.")
    .addHelpText(
      "after",
      "\nExamples:\n  $ biox service install --print /etc/biox/gateway.yaml\n  $ biox service status",
    )
    .addCommand(
      new Command("install")
        .description("Installs the service with a user of its own, and starts it.")
        .argument("<config>", "configuration, which must be right")
        .option(...PRINT)
        .action(install),
    )
    .addCommand(
      new Command("uninstall")
        .description("Stops the service and takes it away; its data stay.")
        .option(...PRINT)
        .action(uninstall),
    )
    .addCommand(new Command("status").description("Says how the service is doing.").action(status));
}

async function install(path: string, flags: { print?: boolean }): Promise<void> {
  const { installSteps, readConfig } = await import("../gateway/index.js");
  const config = resolve(path);
  await readConfig(config, await sections());
  const script = realpathSync(process.argv[1]!);
  await take(installSteps({ node: process.execPath, script, config }), flags);
}

async function uninstall(flags: { print?: boolean }): Promise<void> {
  const { uninstallSteps } = await import("../gateway/index.js");
  await take(uninstallSteps(), flags);
}

async function take(steps: readonly Step[], { print }: { print?: boolean }): Promise<void> {
  const { requireSystemd, stepText, takeStep } = await import("../gateway/index.js");
  if (!print) requireSystemd();
  for (const step of steps) {
    out(stepText(step));
    if (print && "text" in step) out(step.text.replace(/^/gm, "  ").trimEnd());
    if (!print) await takeStep(step);
  }
}

async function status(): Promise<void> {
  const { serviceStatus } = await import("../gateway/index.js");
  const { state, lines } = await serviceStatus();
  out(`biox.service is ${state}`);
  for (const line of lines) out(`  ${line}`);
  // As systemctl is-active: 3 where it does not run (systemctl(1), "Exit status").
  process.exitCode = state === "active" ? 0 : 3;
}
