import { BioxError } from "../../errors.js";
import { parseSource } from "../../stream/source-uri.js";

/** A USB device by what it says of itself. */
export interface UsbId {
  /** Four hexadecimal digits each, lower case. */
  readonly vendorId: string;
  readonly productId: string;
  /** undefined: any. */
  readonly serialNumber: string | undefined;
}

/** A source as a configuration names it; what has no port is opened as it is. */
export interface WantedSource {
  readonly uri: string;
  readonly kind: "serial" | "replay" | "sim";
  /** One of these says which port it is, if it is one. */
  readonly path: string | undefined;
  readonly usb: UsbId | undefined;
  /** The source to open where the port was found there. */
  at(path: string): string;
}

/**
 * Reads a source of a configuration: all that `openSource` takes, and `usb:VENDOR:PRODUCT?serial=NUMBER&device=...`, a port by its USB
 * device wherever that is plugged in.
 *
 * @throws BioxError SOURCE_INVALID, DEVICE_UNKNOWN, INVALID_ARGUMENT
 */
export function wantedSource(uri: string): WantedSource {
  const usb = /^usb:([^?]*)(?:\?(.*))?$/s.exec(uri);
  if (usb) return usbSource(uri, usb[1]!, usb[2] ?? "");
  const spec = parseSource(uri);
  if (spec.kind !== "serial") return { uri, kind: spec.kind, path: undefined, usb: undefined, at: () => uri };
  const [, query] = uri.split(/\?(.*)/s);
  return { uri, kind: "serial", path: spec.path, usb: undefined, at: (path) => serialUri(path, query) };
}

function usbSource(uri: string, ids: string, query: string): WantedSource {
  const match = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(ids);
  if (!match)
    throw new BioxError(
      "SOURCE_INVALID",
      `'${uri}' does not name a USB device.`,
      "Write usb:VENDOR:PRODUCT with four hexadecimal digits each, as 'biox devices' lists them: usb:10c4:ea60?device=openview.",
    );
  const parameters = new URLSearchParams(query);
  const serialNumber = parameters.get("serial") ?? undefined;
  if (parameters.getAll("serial").length > 1 || serialNumber === "")
    throw new BioxError(
      "SOURCE_INVALID",
      `'${uri}' needs one serial number.`,
      "Write serial=NUMBER once, or leave it out.",
    );
  parameters.delete("serial");
  const rest = parameters.toString();
  // All else is refused now as it would be once the port is there.
  parseSource(serialUri("/dev/usb", rest));
  const id = { vendorId: match[1]!.toLowerCase(), productId: match[2]!.toLowerCase(), serialNumber };
  return { uri, kind: "serial", path: undefined, usb: id, at: (path) => serialUri(path, rest) };
}

function serialUri(path: string, query: string | undefined): string {
  return `serial:${path}${query ? `?${query}` : ""}`;
}
