/** Readers of machine facts on made-up system folders and tools, as gateways have them. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectRefusal } from "../../../../test/support/failure.js";
import { findEnergyMeter } from "./energy.js";
import { describeMachine, machineState } from "./index.js";
import { FactReader } from "./read.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "biox-machine-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(files: Record<string, string | number>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${text}\n`);
  }
}

/** A shell script in the made-up machine's bin folder. */
function tool(name: string, script: string): void {
  put({ [`bin/${name}`]: `#!/bin/sh\n${script}` });
  chmodSync(join(root, "bin", name), 0o755);
}

const describeIt = () => {
  const options = { root, path: [join(root, "bin"), "/usr/bin", "/bin"].join(delimiter) };
  return describeMachine(machineState(options), options);
};

describe("describeMachine", () => {
  it("reads a Raspberry Pi", async () => {
    put({
      "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
      "proc/cpuinfo":
        "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n\nprocessor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd08",
      "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "ondemand",
      "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": 1_500_000,
      "sys/devices/system/cpu/cpu10/cpufreq/scaling_cur_freq": 700_000,
      "sys/devices/system/cpu/cpu2/cpufreq/scaling_cur_freq": 600_000,
      "sys/devices/system/cpu/cpufreq/boost": 1,
      "sys/class/thermal/thermal_zone0/type": "cpu-thermal",
      "sys/class/thermal/thermal_zone0/temp": 61_835,
    });
    tool("vcgencmd", 'echo "throttled=0x50005"');
    const machine = await describeIt();
    expect(machine).toMatchObject({
      board: "Raspberry Pi 4 Model B Rev 1.4",
      processor: "Cortex-A72",
      governor: "ondemand",
      throttling: ["under-voltage now", "under-voltage since boot", "throttled now", "throttled since boot"],
      jetson: null,
    });
    expect(machine.after).toMatchObject({ frequenciesMHz: [1500, 600, 700], temperatures: { "cpu-thermal": 61.835 } });
    expect(machine.packages["onnxruntime-node"]).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("reads a Jetson, whose tegrastats goes on for ever", async () => {
    put({
      "proc/device-tree/model": "NVIDIA Orin Nano Developer Kit\0",
      "proc/cpuinfo": "CPU implementer\t: 0x41\nCPU part\t: 0xd42",
      "sys/class/thermal/thermal_zone0/type": "cpu-thermal",
      "sys/class/thermal/thermal_zone0/temp": 48_000,
      "sys/class/thermal/thermal_zone1/type": "cpu-thermal",
      "sys/class/thermal/thermal_zone1/temp": 47_000,
      // A zone that is switched off says so by an error when it is read.
      "sys/class/thermal/thermal_zone2/type": "gpu-thermal",
    });
    tool("nvpmodel", 'echo "NV Power Mode: 15W"; echo 0');
    tool("tegrastats", 'while true; do echo "RAM 2000/7000MB CPU [5%@1510]"; sleep 0.3; done');
    const machine = await describeIt();
    expect(machine.jetson).toEqual({ powerMode: "NV Power Mode: 15W, 0", state: "RAM 2000/7000MB CPU [5%@1510]" });
    expect(machine.processor).toBe("Cortex-A78AE");
    expect(machine.after.temperatures).toEqual({ "cpu-thermal": 48, "cpu-thermal (thermal_zone1)": 47 });
    expect(machine.throttling).toBeNull();
  });

  it("reads a PC, and says null where a machine does not tell", async () => {
    put({
      "sys/class/dmi/id/sys_vendor": "LENOVO",
      "sys/class/dmi/id/product_name": "20XW",
      "proc/cpuinfo":
        "model name\t: Intel(R) Core(TM) i7\ncpu MHz\t\t: 2800.123\nmodel name\t: Intel(R) Core(TM) i7\ncpu MHz\t\t: 400.000",
    });
    tool("vcgencmd", "exit 1");
    const machine = await describeIt();
    expect(machine).toMatchObject({
      board: "LENOVO 20XW",
      processor: "Intel(R) Core(TM) i7",
      governor: null,
      throttling: null,
    });
    expect(machine.before.frequenciesMHz).toEqual([2800, 400]);
    rmSync(join(root, "sys"), { recursive: true });
    rmSync(join(root, "proc"), { recursive: true });
    expect(await describeIt()).toMatchObject({
      board: null,
      governor: null,
      before: { frequenciesMHz: [], temperatures: {} },
    });
  });
});

describe("energy meters", () => {
  const find = (command?: string) => findEnergyMeter(new FactReader(root), command);

  it("adds up what RAPL counts, also when a counter wraps", async () => {
    put({
      "sys/class/powercap/intel-rapl:0/energy_uj": 900_000,
      "sys/class/powercap/intel-rapl:0/max_energy_range_uj": 1_000_000,
      "sys/class/powercap/intel-rapl:1/energy_uj": 5_000_000,
      "sys/class/powercap/intel-rapl:1/max_energy_range_uj": 262_143_328_850,
      "sys/class/powercap/intel-rapl:0:0/energy_uj": 77,
    });
    const meter = find()!;
    expect(meter.source).toBe("RAPL, 2 packages");
    const begin = await meter.joules();
    put({
      "sys/class/powercap/intel-rapl:0/energy_uj": 100_000,
      "sys/class/powercap/intel-rapl:1/energy_uj": 8_000_000,
    });
    expect((await meter.joules()) - begin).toBeCloseTo(3.2, 9);
  });

  it("integrates the power of a Jetson's monitor", async () => {
    put({
      "sys/class/hwmon/hwmon0/name": "tmp451",
      "sys/class/hwmon/hwmon1/name": "ina3221",
      "sys/class/hwmon/hwmon1/in1_label": "VDD_IN",
      "sys/class/hwmon/hwmon1/in1_input": 5000,
      "sys/class/hwmon/hwmon1/curr1_input": 2000,
    });
    const meter = find()!;
    expect(meter.source).toBe("INA3221, VDD_IN");
    const read = async () => {
      const before = performance.now();
      return { joules: await meter.joules(), before, after: performance.now() };
    };
    const first = await read();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const second = await read();
    // 10 W: the time between the calls is known to within what they take.
    const joules = second.joules - first.joules;
    expect(joules).toBeGreaterThanOrEqual((10 * (second.before - first.after)) / 1000 - 1e-9);
    expect(joules).toBeLessThanOrEqual((10 * (second.after - first.before)) / 1000 + 1e-9);
  });

  it("asks a command, and refuses what is no number of joules", async () => {
    put({ "bin/joules": 12.5 });
    expect(await find(`cat ${join(root, "bin/joules")}`)!.joules()).toBe(12.5);
    await expectRefusal(() => find("echo 3 J")!.joules(), "INVALID_ARGUMENT", "joules", "printed '3 J'");
    await expectRefusal(() => find("exit 3")!.joules(), "INVALID_ARGUMENT", "joules", "failed");
  });

  it("finds none where there is none, or where it may not be read", () => {
    expect(find()).toBeUndefined();
    put({ "sys/class/powercap/intel-rapl:0/name": "package-0" });
    expect(find()).toBeUndefined();
  });
});
