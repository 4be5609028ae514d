import { Command } from "commander";
import { DEVICES, type DeviceDescriptor, findDevice, listPorts, type PortInfo } from "../index.js";
import { printJson } from "./options.js";
import { probeCommand } from "./probe.js";

const out = (text: string): unknown => process.stdout.write(`${text}\n`);

export function devicesCommand(): Command {
  return new Command("devices")
    .description("Lists the serial ports of this machine and the devices that can be read.")
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ biox devices\n  $ biox devices show openview\n  $ biox devices probe /dev/ttyUSB0",
    )
    .action(run)
    .addCommand(showCommand())
    .addCommand(probeCommand());
}

async function run(flags: { json?: boolean }): Promise<void> {
  const ports = await listPorts();
  if (flags.json) {
    printJson({ type: "devices", ports, devices: DEVICES.map(describe) });
    return;
  }
  out("Serial ports:");
  if (ports.length === 0) out("  none (plug one in, or try a simulated one: --from sim:)");
  for (const port of ports) printPort(port);
  out("\nDevices that can be read (serial:PORT?device=ID; biox devices show ID says more):");
  for (const { id, name, serial } of DEVICES) out(`  ${id.padEnd(12)} ${name}, ${settings(serial)}`);
}

function printPort({
  path,
  byId,
  vendorId,
  productId,
  product,
  accessible,
  group,
  usedBy,
  console,
  devices,
}: PortInfo): void {
  const usb = vendorId ? `USB ${vendorId}:${productId} ` : "";
  const remarks = [
    devices.length > 0 ? `may be ${devices.join(", ")}` : "",
    accessible ? "" : `no permission: add yourself to group ${group ?? "dialout"}`,
    usedBy.length > 0 ? `in use by ${usedBy.join(", ")}` : "",
    console ? "the kernel's console: turn that off first" : "",
  ].filter((remark) => remark !== "");
  out(`  ${path.padEnd(16)} ${usb}${product ?? ""}`.trimEnd());
  if (byId) out(`    ${byId}`);
  for (const remark of remarks) out(`    ${remark}`);
}

function showCommand(): Command {
  return new Command("show")
    .description("Says all that is known of one kind of device.")
    .argument("<id>", "device")
    .option("--json", "as one JSON object")
    .action((id: string, _: object, command: Command) => {
      const device = findDevice(id);
      // As `devices` has an option of the same name, it is that one that takes it.
      if (command.optsWithGlobals<{ json?: boolean }>().json) printJson({ type: "device", ...describe(device) });
      else print(device);
    });
}

/** What is known of a device, without its functions. */
function describe({ id, name, serial, usb, streams, options, notes, createEmulator }: DeviceDescriptor) {
  const emulated = createEmulator !== undefined || id === "biox";
  return { id, name, ...serial, usb, streams, options, emulated, notes };
}

function print(device: DeviceDescriptor): void {
  const { id, name, serial, usb, streams, options, notes } = device;
  out(`${id}: ${name}\n${notes}\n`);
  out(`Serial: ${settings(serial)}`);
  if (usb.length > 0) out(`USB: ${usb.map(({ vendorId, productId }) => `${vendorId}:${productId}`).join(", ")}`);
  out(streams.length > 0 ? "Streams:" : "Streams: as the device describes them");
  for (const { name: stream, rate, channels } of streams)
    out(`  ${stream.padEnd(16)} ${+rate.toFixed(2)} Hz: ${channels.map((c) => `${c.name} (${c.unit})`).join(", ")}`);
  if (options.length > 0) out(`Options (serial:PORT?device=${id}&NAME=VALUE):`);
  for (const { name: option, values, default: fallback, meaning } of options) {
    out(`  ${option} = ${values ? values.join(" | ") : "..."} (default ${fallback})`);
    out(`    ${meaning}`);
  }
}

function settings({ baud, parity }: DeviceDescriptor["serial"]): string {
  return `${baud} baud${parity === "none" ? "" : `, ${parity} parity`}`;
}
