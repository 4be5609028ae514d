/** A network of machines on one machine: namespaces on a bridge, each with a share of a core. Needs root, Linux and iproute2. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";

const BRIDGE = "biox-br";
/** From the block that RFC 5737 keeps for examples, so that hardly any machine is in it. */
const NET = "203.0.113";
const GROUPS = "/sys/fs/cgroup/cpu";
const PERIOD_US = 100_000;

const run = (command, ...args) => execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"] });
const ip = (...args) => run("ip", ...args);

/** Address of the machine that has the bridge. */
export const HOST = `${NET}.1`;

/** @param names of the machines */
export function makeNetwork(names) {
  if (ip("-brief", "address").toString().includes(`${NET}.`))
    throw new Error(`This machine has an address in ${NET}.0/24.`);
  ip("link", "add", BRIDGE, "type", "bridge");
  ip("address", "add", `${HOST}/24`, "dev", BRIDGE);
  ip("link", "set", BRIDGE, "up");
  for (const [n, name] of names.entries()) {
    ip("netns", "add", name);
    ip("link", "add", `${name}-o`, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", `${name}-o`, "master", BRIDGE, "up");
    ip("-n", name, "address", "add", `${NET}.${n + 2}/24`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
    ip("-n", name, "link", "set", "lo", "up");
  }
}

/** Takes away what there is of it. Its processes must have ended. */
export function removeNetwork(names) {
  const quietly = (work) => {
    try {
      work();
    } catch {
      // It was not there.
    }
  };
  for (const name of names) {
    quietly(() => ip("netns", "delete", name));
    quietly(() => rmdirSync(`${GROUPS}/${name}`));
  }
  quietly(() => ip("link", "delete", BRIDGE));
}

/** Gives a machine a share of a core, where control groups of version 1 let us; returns whether they do. */
export function limit(name, share) {
  if (!existsSync(`${GROUPS}/cpu.cfs_quota_us`)) return false;
  mkdirSync(`${GROUPS}/${name}`, { recursive: true });
  writeFileSync(`${GROUPS}/${name}/cpu.cfs_period_us`, String(PERIOD_US));
  writeFileSync(`${GROUPS}/${name}/cpu.cfs_quota_us`, String(Math.round(share * PERIOD_US)));
  return true;
}

/** Has a process run with the share of its machine. */
export function assign(name, pid) {
  writeFileSync(`${GROUPS}/${name}/cgroup.procs`, String(pid));
}
