import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { BioxError } from "../../errors.js";
import { listPorts, type PortInfo } from "../../stream/ports.js";
import { type WantedSource, wantedSource } from "../ports/wanted-source.js";
import type { Problem } from "./problem.js";
import type { GatewaySettings } from "./settings.js";

type LineOf = (keys: readonly unknown[]) => number | undefined;

type Checked = Pick<GatewaySettings, "wearers" | "bundles"> & { scale?: { bundles: readonly string[] } };

/** What a schema does not see: ids given twice, bundles that are not there, sources that are none, one port for two wearers. */
export async function checkReferences({ wearers, bundles, scale }: Checked, lineOf: LineOf): Promise<Problem[]> {
  const problems: Problem[] = [];
  const places = new Map<string, string>();
  const ids = new Set<string>();
  const ports = wearers.some(({ source }) => /^(serial:|usb:|\/dev\/)/.test(source)) ? await listPorts() : [];
  for (const [n, name] of (scale?.bundles ?? []).entries())
    if (!Object.hasOwn(bundles, name))
      problems.push({
        line: lineOf(["scale", "bundles", n]),
        what: `expected scale.bundles[${n}] to be a name under 'bundles', but received '${name}'`,
        hint: listOf(bundles),
      });
  for (const [i, { id, source, bundles: wanted }] of wearers.entries()) {
    const complain = (keys: readonly unknown[], what: string, hint: string | undefined): void => {
      problems.push({ line: lineOf(["wearers", i, ...keys]), what, hint });
    };
    if (ids.has(id)) complain(["id"], `expected ids of wearers that differ, but '${id}' is given twice`, undefined);
    ids.add(id);
    for (const [n, name] of wanted.entries())
      if (!Object.hasOwn(bundles, name))
        complain(
          ["bundles", n],
          `expected wearers[${i}].bundles[${n}] to be a name under 'bundles', but received '${name}'`,
          listOf(bundles),
        );
    try {
      const place = await placeOf(wantedSource(source), ports);
      const other = place === undefined ? undefined : places.get(place);
      if (other !== undefined)
        complain(
          ["source"],
          `expected wearers with ports of their own, but '${id}' and '${other}' would both have ${place}`,
          "Give each its own; /dev/serial/by-id and serial= tell USB adapters of one kind apart.",
        );
      else if (place !== undefined) places.set(place, id);
    } catch (cause) {
      if (!(cause instanceof BioxError)) throw cause;
      complain(
        ["source"],
        `expected wearers[${i}].source to be a source, but ${lowerFirst(cause.message)}`,
        cause.hint,
      );
    }
  }
  return problems;
}

function listOf(bundles: GatewaySettings["bundles"]): string {
  return `There are: ${Object.keys(bundles).join(", ") || "none"}.`;
}

/** What two wearers cannot share: a port, or as much as is known of it. */
async function placeOf({ path, usb }: WantedSource, ports: readonly PortInfo[]): Promise<string | undefined> {
  if (path !== undefined) return realpath(path).catch(() => resolve(path));
  if (usb === undefined) return undefined;
  const { vendorId, productId, serialNumber } = usb;
  const present = ports.filter(
    (port) =>
      port.vendorId?.toLowerCase() === vendorId &&
      port.productId?.toLowerCase() === productId &&
      (serialNumber === undefined || port.serialNumber === serialNumber),
  );
  if (serialNumber !== undefined && present.length === 1) return present[0]!.path;
  return `USB device ${vendorId}:${productId}${serialNumber === undefined ? "" : ` with serial number ${serialNumber}`}`;
}

function lowerFirst(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`.replace(/\.$/, "");
}
