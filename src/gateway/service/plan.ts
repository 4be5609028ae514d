import { existsSync } from "node:fs";
import { BioxError } from "../../errors.js";
import type { Step } from "./steps.js";
import { SERVICE, type UnitFacts, unitText } from "./unit.js";

const STATE = `/var/lib/${SERVICE}`;
/** Configuration, tokens and keys, where they are kept for the service alone. */
const ETC = `/etc/${SERVICE}`;
export const UNIT_PATH = `/etc/systemd/system/${SERVICE}.service`;

/**
 * Installing: a user of its own, who belongs to those that may open serial ports and may read what is in /etc/biox; a try whether that
 * user can use the configuration; the unit; its start, now and at each boot.
 */
export function installSteps(facts: Omit<UnitFacts, "user">): Step[] {
  const { node, script, config } = facts;
  const user = ["useradd", "--system", "--home-dir", STATE, "--shell", "/usr/sbin/nologin"] as const;
  return [
    // Exists already where the service was installed before: then only its groups are set.
    { run: [...user, "--groups", "dialout", SERVICE], mayFail: true },
    { run: ["usermod", "--append", "--groups", "dialout", SERVICE] },
    ...(config.startsWith(`${ETC}/`) ? groupSteps() : []),
    {
      run: ["runuser", "--user", SERVICE, "--", node, script, "serve", "--check", config],
      hint: `The user ${SERVICE} must be able to read Node, this package, the configuration and what it names.`,
    },
    { write: UNIT_PATH, text: unitText({ ...facts, user: SERVICE }) },
    { run: ["systemctl", "daemon-reload"] },
    { run: ["systemctl", "enable", `${SERVICE}.service`] },
    // One that runs already takes the new unit.
    { run: ["systemctl", "restart", `${SERVICE}.service`], hint: `'journalctl -u ${SERVICE}' says why.` },
  ];
}

/** The service reads its files and nobody else does, also those that root puts there later. */
function groupSteps(): Step[] {
  return [
    { run: ["chgrp", "--recursive", SERVICE, ETC] },
    { run: ["chmod", "--recursive", "g=rX,o=", ETC] },
    { run: ["chmod", "g+s", ETC] },
  ];
}

/** Taking the service away. Its user and its data stay: recordings are not deleted in passing. */
export function uninstallSteps(): Step[] {
  return [
    { run: ["systemctl", "disable", "--now", `${SERVICE}.service`], mayFail: true },
    { remove: UNIT_PATH },
    { run: ["systemctl", "daemon-reload"] },
  ];
}

/**
 * Refuses a machine on which a service cannot be installed.
 *
 * @throws BioxError SERVICE_FAILED
 */
export function requireSystemd(): void {
  // As sd_booted(3) tells it.
  if (!existsSync("/run/systemd/system"))
    throw new BioxError(
      "SERVICE_FAILED",
      "This machine was not started by systemd, so no service can be installed on it.",
      "Have its own supervisor run 'biox serve CONFIG'; --print shows the unit.",
    );
  if (process.getuid?.() !== 0)
    throw new BioxError(
      "SERVICE_FAILED",
      "Only root may install or take away a service.",
      "Try again with sudo; --print shows what would be done.",
    );
}

/**
 * Refuses a data folder in which the service may not write.
 *
 * @param data absolute path
 * @throws BioxError SERVICE_FAILED
 */
export function requireState(data: string): void {
  if (data === STATE || data.startsWith(`${STATE}/`)) return;
  throw new BioxError(
    "SERVICE_FAILED",
    `Expected data to be within ${STATE}, the only place where the service may write, but received '${data}'.`,
    `Write 'data: ${STATE}' into the configuration.`,
  );
}
