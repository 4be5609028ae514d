import type { ComparableReport } from "./read-report.js";

/** What differs between two reports beside their times, one sentence each. */
export function differences(before: ComparableReport, after: ComparableReport): string[] {
  const found: string[] = [];
  const compare = (what: string, value: (report: ComparableReport) => unknown): void => {
    const [first, second] = [value(before), value(after)];
    if (first !== second) found.push(`The ${what} differs: ${first ?? "unknown"}, then ${second ?? "unknown"}.`);
  };
  compare("board", ({ machine }) => machine.board);
  compare("processor", ({ machine }) => machine.processor);
  compare("number of cores", ({ machine }) => machine.cores);
  compare("governor", ({ machine }) => machine.governor);
  compare("SIMD target", ({ machine }) => machine.simd);
  compare("kernel", ({ machine }) => machine.kernel);
  compare("version of Node", ({ machine }) => machine.node);
  for (const name of Object.keys(before.machine.packages))
    compare(`version of ${name}`, ({ machine }) => machine.packages[name]);
  compare("number of threads", ({ threads }) => threads);
  compare("precision", ({ precision }) => precision);
  if (!sameModel(before, after))
    found.push(`The models differ: ${before.bundle.name}, then ${after.bundle.name}; their files have other hashes.`);
  for (const [which, { short, machine }] of [
    ["first", before],
    ["second", after],
  ] as const) {
    if (short) found.push(`The ${which} report is short.`);
    const load = Math.max(machine.before.loadAverage[0] ?? 0, machine.after.loadAverage[0] ?? 0);
    // The benchmark itself is one process that always wants to run.
    if (load > machine.cores + 1)
      found.push(`The ${which} machine was busy: load average ${load.toFixed(1)} on ${machine.cores} cores.`);
  }
  return found;
}

function sameModel({ bundle: a }: ComparableReport, { bundle: b }: ComparableReport): boolean {
  const hashes = (files: Record<string, string>): string => JSON.stringify(Object.entries(files).sort());
  return hashes(a.sha256) === hashes(b.sha256);
}
