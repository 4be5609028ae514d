import type { FactReader } from "./read.js";

/** Cores of gateways by implementer and part, as /proc/cpuinfo of Linux on Arm gives them (Arm's Main ID Register). */
const ARM_PARTS: Readonly<Record<string, string>> = {
  "0x41/0xd03": "Cortex-A53",
  "0x41/0xd04": "Cortex-A35",
  "0x41/0xd05": "Cortex-A55",
  "0x41/0xd07": "Cortex-A57",
  "0x41/0xd08": "Cortex-A72",
  "0x41/0xd09": "Cortex-A73",
  "0x41/0xd0a": "Cortex-A75",
  "0x41/0xd0b": "Cortex-A76",
  "0x41/0xd0c": "Neoverse-N1",
  "0x41/0xd41": "Cortex-A78",
  "0x41/0xd42": "Cortex-A78AE",
  "0x4e/0x003": "NVIDIA Denver 2",
  "0x4e/0x004": "NVIDIA Carmel",
};

/** The board's own name: from the device tree on Arm, from DMI on PCs. */
export function board(read: FactReader): string | undefined {
  const tree = read.text("proc/device-tree/model") ?? read.text("sys/firmware/devicetree/base/model");
  if (tree) return tree;
  const names = ["sys_vendor", "product_name"].map((name) => read.text(`sys/class/dmi/id/${name}`));
  return names.filter((name) => name !== undefined).join(" ") || undefined;
}

/** Each kind of core once, such as "Cortex-A72" or "AMD EPYC 9B14". */
export function processor(read: FactReader): string | undefined {
  const info = read.text("proc/cpuinfo") ?? "";
  const values = (key: string): string[] => [
    ...new Set([...info.matchAll(new RegExp(`^${key}\\s*: *(.+)$`, "gm"))].map((match) => match[1]!.trim())),
  ];
  const named = values("model name");
  if (named.length > 0) return named.join(", ");
  const implementer = values("CPU implementer")[0] ?? "";
  const parts = values("CPU part").map((part) => ARM_PARTS[`${implementer}/${part}`] ?? `${implementer} part ${part}`);
  return parts.join(", ") || undefined;
}

/** Each governor in use once, such as "ondemand". */
export function governor(read: FactReader): string | undefined {
  return [...new Set(perCpu(read, (cpu) => read.text(`${cpu}/cpufreq/scaling_governor`)))].join(", ") || undefined;
}

/** MHz of each core at this moment: from cpufreq, or from /proc/cpuinfo where a hypervisor hides that. */
export function frequenciesMHz(read: FactReader): number[] {
  const kHz = perCpu(read, (cpu) => read.number(`${cpu}/cpufreq/scaling_cur_freq`));
  if (kHz.length > 0) return kHz.map((value) => Math.round(value / 1000));
  const info = read.text("proc/cpuinfo") ?? "";
  return [...info.matchAll(/^cpu MHz\s*: *([\d.]+)$/gm)].map((match) => Math.round(Number(match[1])));
}

function perCpu<T>(read: FactReader, value: (folder: string) => T | undefined): T[] {
  const folder = "sys/devices/system/cpu";
  return read
    .list(folder, /^cpu\d+$/)
    .map((name) => value(`${folder}/${name}`))
    .filter((found) => found !== undefined);
}
