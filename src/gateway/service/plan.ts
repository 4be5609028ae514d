import { existsSync } from "node:fs";
import { BioxError } from "../../errors.js";
import type { Step } from "./steps.js";
import { SERVICE, type UnitFacts, unitText } from "./unit.js";

export const UNIT_PATH = `/etc/systemd/system/${SERVICE}.service`;

/** Installing: a user of its own, who belongs to those that may open serial ports; the unit; its start, now and at each boot. */
export function installSteps(facts: Omit<UnitFacts, "user">): Step[] {
  const user = ["useradd", "--system", "--home-dir", `/var/lib/${SERVICE}`, "--shell", "/usr/sbin/nologin"] as const;
  return [
    // Exists already where the service was installed before: then only its groups are set.
    { run: [...user, "--groups", "dialout", SERVICE], mayFail: true },
    { run: ["usermod", "--append", "--groups", "dialout", SERVICE] },
    { write: UNIT_PATH, text: unitText({ ...facts, user: SERVICE }) },
    { run: ["systemctl", "daemon-reload"] },
    { run: ["systemctl", "enable", "--now", `${SERVICE}.service`] },
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
