import { execFile } from "node:child_process";
import { BioxError } from "../../../errors.js";
import type { FactReader } from "./read.js";

/** Longest time that `--energy-command` may take. */
const COMMAND_MS = 10_000;

/** Something that counts the energy which the machine takes. */
export interface EnergyMeter {
  /** What is read, for the report. */
  readonly source: string;
  /** Joules since some moment in the past. A meter that only knows power adds it up here: to be called a few times a second. */
  joules(): Promise<number>;
}

/**
 * The meter of this machine: a command that prints joules so far, the processor's own counter (RAPL), or the power monitors that
 * Jetson boards carry (INA3221). Undefined where there is none that this user may read.
 */
export function findEnergyMeter(read: FactReader, command?: string): EnergyMeter | undefined {
  if (command !== undefined) return { source: `command ${command}`, joules: () => commandJoules(command) };
  return rapl(read) ?? ina3221(read);
}

function commandJoules(command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    execFile("/bin/sh", ["-c", command], { timeout: COMMAND_MS, encoding: "utf8" }, (error, stdout) => {
      const text = stdout.trim();
      if (!error && /^\d+(\.\d+)?$/.test(text)) return resolve(Number(text));
      const found = error
        ? error.killed
          ? `took more than ${COMMAND_MS / 1000} s`
          : "failed"
        : `printed '${text.slice(0, 60)}'`;
      reject(
        new BioxError(
          "INVALID_ARGUMENT",
          `Expected the energy command to print joules so far as one number, but it ${found}.`,
          "Try it in a shell; leave --energy-command out to do without.",
        ),
      );
    });
  });
}

/** Microjoules of each processor package, which wrap at `max_energy_range_uj` (kernel documentation, power capping framework). */
function rapl(read: FactReader): EnergyMeter | undefined {
  const folder = "sys/class/powercap";
  const packages = read
    .list(folder, /^intel-rapl:\d+$/)
    .map((name) => `${folder}/${name}`)
    .filter((path) => read.number(`${path}/energy_uj`) !== undefined);
  if (packages.length === 0) return undefined;
  const last = packages.map((path) => read.number(`${path}/energy_uj`) ?? 0);
  let sum = 0;
  return {
    source: `RAPL, ${packages.length} ${packages.length === 1 ? "package" : "packages"}`,
    joules: async () => {
      packages.forEach((path, i) => {
        const now = read.number(`${path}/energy_uj`) ?? last[i]!;
        const range = read.number(`${path}/max_energy_range_uj`) ?? 0;
        sum += now >= last[i]! ? now - last[i]! : now + range - last[i]!;
        last[i] = now;
      });
      return sum / 1e6;
    },
  };
}

/** Volts times amperes of the board's input (its first rail), added up from call to call by the trapezoidal rule. */
function ina3221(read: FactReader): EnergyMeter | undefined {
  const folder = "sys/class/hwmon";
  const name = read.list(folder, /^hwmon\d+$/).find((hwmon) => read.text(`${folder}/${hwmon}/name`) === "ina3221");
  if (name === undefined) return undefined;
  const watts = (): number | undefined => {
    const milliVolt = read.number(`${folder}/${name}/in1_input`);
    const milliAmpere = read.number(`${folder}/${name}/curr1_input`);
    return milliVolt === undefined || milliAmpere === undefined ? undefined : (milliVolt * milliAmpere) / 1e6;
  };
  let last = watts();
  if (last === undefined) return undefined;
  let at = performance.now();
  let sum = 0;
  const rail = read.text(`${folder}/${name}/in1_label`);
  return {
    source: `INA3221${rail === undefined ? "" : `, ${rail}`}`,
    joules: async () => {
      const now = performance.now();
      const power = watts() ?? last!;
      sum += (((last! + power) / 2) * (now - at)) / 1000;
      [last, at] = [power, now];
      return sum;
    },
  };
}
