import { printableLine } from "../../devices/printable.js";
import type { ProbeFinding } from "../../stream/probe.js";
import type { FoundPort } from "./find-wearers.js";

/** A bundle for the wearers that have its channels. */
export interface InitBundle {
  readonly name: string;
  /** Folder or .tar, as it is to stand in the configuration. */
  readonly path: string;
  /** Names of the channels that it wants. */
  readonly channels: readonly string[];
}

/** A configuration with comments: what was found, and a simulated wearer where that is nothing. */
export function configText(found: readonly FoundPort[], bundle: InitBundle, data: string): string {
  const wearers = found.filter(({ finding }) => finding !== undefined);
  const lines = wearers.map(({ port, finding }, i) => wearer(i, source(port, finding!), finding!, bundle));
  if (lines.length === 0)
    lines.push(
      `  # No device was found: this wearer is a simulated one. 'biox devices' lists the ports of this machine.\n` +
        `  - id: w01\n    source: "sim:?hr=72"\n    bundles: [${bundle.name}]\n`,
    );
  const others = found.filter(({ finding }) => finding === undefined);
  const remarks = others.map(({ port, remark }) => `  # ${port.path}: ${printableLine(remark)}\n`);
  return `# Configuration of 'biox serve'; docs/gateway-config.md lists every key.
# Check it with 'biox serve --check', and have a running gateway read it again with SIGHUP.

# Id of this gateway, in messages and metrics.
gateway: gateway

# Recordings, history and what waits for a broker are kept here. Paths are taken from this file's folder.
data: ${JSON.stringify(data)}

# Models, by the names that wearers ask for.
bundles:
  ${bundle.name}:
    path: ${JSON.stringify(bundle.path)}

# Whose bundles are run: 'biox bundle keygen' and 'biox bundle sign' make signed ones. The one above comes unsigned.
trust:
  unsigned: allow

# Who is measured. Ids are pseudonyms, never names.
# A source is a port by its path (serial:/dev/serial/by-id/...), a USB device (usb:10c4:ea60?serial=...&device=...), or sim:.
wearers:
${lines.join("")}${remarks.join("")}
# Page, HTTP interface and metrics, for this machine alone; any other address needs tokens ('biox token create').
listen:
  address: 127.0.0.1
  port: 8321

# Where messages go besides: an MQTT broker, InfluxDB, CSV files.
sinks: []

# What the gateway says of itself, on stderr: debug, info, warn, error or silent. Never signals.
log:
  level: info
`;
}

/** A name that stays where the device is plugged in elsewhere, as far as there is one. */
function source({ path, byId, vendorId, productId, serialNumber }: FoundPort["port"], finding: ProbeFinding): string {
  const options = Object.entries(finding.options).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`);
  const query = `device=${finding.device}${options.join("")}`;
  if (byId !== undefined) return `serial:${byId}?${query}`;
  if (vendorId !== undefined && productId !== undefined && serialNumber !== undefined)
    return `usb:${vendorId}:${productId}?serial=${encodeURIComponent(serialNumber)}&${query}`;
  return `serial:${path}?${query}`;
}

function wearer(index: number, uri: string, { name, streams }: ProbeFinding, bundle: InitBundle): string {
  const channels = streams.flatMap((stream) => stream.channels);
  const fits = bundle.channels.every((wanted) => channels.some((channel) => channel.replace(/\d+$/, "") === wanted));
  const lines = [`  # ${name}`, `  - id: w${String(index + 1).padStart(2, "0")}`, `    source: ${JSON.stringify(uri)}`];
  if (!fits)
    lines.push(`    # '${bundle.name}' reads ${bundle.channels.join(", ")}; this device has ${channels.join(", ")}.`);
  lines.push(`    bundles: [${fits ? bundle.name : ""}]`, "    record: false");
  // Names are what a device chose to say.
  return lines.map((line) => `${printableLine(line)}\n`).join("");
}
