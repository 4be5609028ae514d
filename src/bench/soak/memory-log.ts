import { createWriteStream, readFileSync } from "node:fs";

/** Fields of /proc/PID/status in the order in which they are written, and metrics of Node that say what the memory is for. */
const FIELDS = ["VmRSS", "RssAnon", "RssFile", "RssShmem"] as const;
const METRICS = [
  "nodejs_heap_size_total_bytes",
  "nodejs_heap_size_used_bytes",
  "nodejs_external_memory_bytes",
] as const;
const MB = 2 ** 20;

/** Writes where the memory of a process goes as CSV, MB of 2^20 bytes: what grew can be told from what only moved. */
export class MemoryLog {
  private readonly file;
  private readonly begin = Date.now();

  constructor(
    path: string,
    private readonly pid: number,
  ) {
    this.file = createWriteStream(path);
    this.file.write(`seconds,${[...FIELDS, ...METRICS].join(",")}\n`);
  }

  /** @param metrics of the process now, by name */
  look(metrics: ReadonlyMap<string, number>): void {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    const kB = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    const values = [
      ...FIELDS.map((field) => (kB(field) * 1024) / MB),
      ...METRICS.map((name) => (metrics.get(name) ?? Number.NaN) / MB),
    ];
    const seconds = (Date.now() - this.begin) / 1000;
    this.file.write(`${[seconds, ...values].map((value) => value.toFixed(2)).join(",")}\n`);
  }

  end(): void {
    this.file.end();
  }
}
