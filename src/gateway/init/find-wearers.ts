import { BioxError } from "../../errors.js";
import { listPorts, type PortInfo } from "../../stream/ports.js";
import { type ProbeFinding, probePort } from "../../stream/probe.js";

/** What was found at a port. */
export interface FoundPort {
  readonly port: PortInfo;
  /** undefined where nothing answers there that is known; `remark` says more. */
  readonly finding: ProbeFinding | undefined;
  /** In a few words, for people. */
  readonly remark: string;
}

/**
 * Asks at each serial port of this machine what is there. Ports of the kernel's console and those that other programs have are left alone.
 *
 * @param onPort told before each port that is asked
 */
export async function findWearers(
  onPort: (path: string) => void = () => {},
  ports?: readonly PortInfo[],
): Promise<FoundPort[]> {
  const found: FoundPort[] = [];
  for (const port of ports ?? (await listPorts())) found.push(await look(port, onPort));
  return found;
}

async function look(port: PortInfo, onPort: (path: string) => void): Promise<FoundPort> {
  const nothing = (remark: string): FoundPort => ({ port, finding: undefined, remark });
  if (port.console) return nothing("the kernel's console");
  if (!port.accessible) return nothing(`no permission: its group is ${port.group ?? "dialout"}`);
  if (port.usedBy.length > 0) return nothing(`in use by ${port.usedBy.join(", ")}`);
  onPort(port.path);
  try {
    const [finding] = (await probePort(port.path)).findings;
    return finding ? { port, finding, remark: finding.name } : nothing("nothing answers there that is known");
  } catch (cause) {
    if (!(cause instanceof BioxError)) throw cause;
    return nothing(cause.message);
  }
}
