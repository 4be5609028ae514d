import { expect, it } from "vitest";
import { installSteps } from "./plan.js";
import { stepText } from "./steps.js";

const steps = (config: string): string[] =>
  installSteps({ node: "/usr/bin/node", script: "/usr/lib/biox/main.js", config }).map(stepText);

it("tries as the service's user what systemd will start, before there is a unit", () => {
  const all = steps("/srv/ward.yaml");
  const tried = all.indexOf("runuser --user biox -- /usr/bin/node /usr/lib/biox/main.js serve --check /srv/ward.yaml");
  expect(tried).toBeGreaterThan(all.findIndex((step) => step.startsWith("useradd")));
  expect(tried).toBeLessThan(all.indexOf("write /etc/systemd/system/biox.service"));
});

it("lets the service read /etc/biox, and leaves other folders as they are", () => {
  expect(steps("/etc/biox/gateway.yaml").filter((step) => /^ch/.test(step))).toEqual([
    "chgrp --recursive biox /etc/biox",
    "chmod --recursive g=rX,o= /etc/biox",
    "chmod g+s /etc/biox",
  ]);
  for (const config of ["/srv/ward.yaml", "/etc/biox.yaml", "/etc/biox-2/gateway.yaml"])
    expect(steps(config).filter((step) => /^ch/.test(step))).toEqual([]);
});
