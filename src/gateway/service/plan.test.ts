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

it("allows what Node itself asks of the system", () => {
  const unit = installSteps({ node: "node", script: "main.js", config: "/srv/ward.yaml" }).find(
    (step) => "text" in step,
  );
  // pkey_alloc() as V8 starts, and getifaddrs() of a server on 0.0.0.0; tools/blank-machine shows what happens without.
  expect(unit?.text).toMatch(/^SystemCallFilter=.* @pkey$/m);
  expect(unit?.text).toMatch(/^RestrictAddressFamilies=.* AF_NETLINK$/m);
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
