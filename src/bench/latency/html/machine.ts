import { escapeText, facts, table } from "../../../html/markup.js";
import type { MachineState } from "../machine/index.js";
import type { LatencyReport } from "../report.js";
import { megabytes } from "../text.js";

/** The machine, what it was doing before and after, and the files that were measured. */
export function machineSection({ machine, bundle, bridge }: LatencyReport): string {
  const unknown = "not known";
  const versions = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  const pairs: [string, string][] = [
    ["board", machine.board ?? unknown],
    ["processor", `${machine.processor ?? unknown}, ${machine.cores} cores`],
    ["memory", megabytes(machine.memoryBytes)],
    ["governor", machine.governor ?? unknown],
    ["kernel", machine.kernel],
    ["software", [`Node ${machine.node}`, ...versions].join(", ")],
    ["bridge", [bridge.plan, bridge.precision, machine.simd].filter((part) => part !== undefined).join(", ")],
    ["throttling", machine.throttling === null ? unknown : machine.throttling.join(", ") || "none"],
  ];
  if (machine.jetson?.powerMode) pairs.push(["power mode", machine.jetson.powerMode]);
  if (machine.jetson?.state) pairs.push(["tegrastats", machine.jetson.state]);
  const states = table(
    ["", "before", "after"],
    [
      stateRow("clock, MHz", machine.before, machine.after, ({ frequenciesMHz }) => range(frequenciesMHz)),
      stateRow("warmest zone, °C", machine.before, machine.after, ({ temperatures }) =>
        range(
          Object.values(temperatures)
            .slice()
            .sort((a, b) => b - a)
            .slice(0, 1),
        ),
      ),
      stateRow("load average, 1 min", machine.before, machine.after, ({ loadAverage }) => String(loadAverage[0] ?? "")),
    ],
  );
  const files = facts(
    Object.entries(bundle.sha256).map(([name, hash]) => [name, `SHA-256 ${hash.slice(0, 16)}…`] as const),
  );
  return `<section>\n<h2>${escapeText("Machine and files")}</h2>\n${facts(pairs)}\n${states}\n${files}\n</section>`;
}

function stateRow(
  name: string,
  before: MachineState,
  after: MachineState,
  value: (state: MachineState) => string,
): string[] {
  return [name, value(before) || "not known", value(after) || "not known"];
}

/** "1500" or "600 to 1500". */
function range(values: readonly number[]): string {
  if (values.length === 0) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? String(low) : `${low} to ${high}`;
}
