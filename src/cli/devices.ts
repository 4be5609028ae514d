import { Command } from "commander";
import { DEVICES, listPorts } from "../index.js";
import { printJson } from "./options.js";

export function devicesCommand(): Command {
  return new Command("devices")
    .description("Lists the serial ports of this machine and the devices that can be read.")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExamples:\n  $ biox devices\n  $ biox devices --json")
    .action(run);
}

async function run(flags: { json?: boolean }): Promise<void> {
  const ports = await listPorts();
  if (flags.json) {
    const known = DEVICES.map(({ id, name, serial, usb, notes }) => ({ id, name, ...serial, usb, notes }));
    printJson({ type: "devices", ports, devices: known });
    return;
  }
  const out = (text: string): unknown => process.stdout.write(`${text}\n`);
  out("Serial ports:");
  if (ports.length === 0) out("  none (plug one in, or try a simulated one: --from sim:)");
  for (const { path, vendorId, productId, product, accessible } of ports) {
    const usb = vendorId ? `USB ${vendorId}:${productId}${product ? ` ${product}` : ""}` : "";
    out(`  ${path.padEnd(16)} ${usb}${accessible ? "" : "  no permission: add yourself to group dialout"}`);
  }
  out("\nDevices that can be read (serial:PORT?device=ID):");
  for (const { id, name, serial, notes } of DEVICES) out(`  ${id.padEnd(12)} ${name}, ${serial.baud} baud. ${notes}`);
}
