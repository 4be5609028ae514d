import type { PortInfo } from "../../stream/ports.js";
import type { PortRegistry } from "./port-registry.js";
import type { UsbId, WantedSource } from "./wanted-source.js";

/**
 * Finds the port of one wearer, now and after each unplugging.
 *
 * Names such as /dev/ttyUSB0 are given out anew with each plugging in, so a port that was once opened is known by its USB device from
 * then on: another wearer's device that got the name is not taken for it.
 */
export class PortLocator {
  /** Why it was not found, a sentence. */
  reason: string | undefined;
  #seen: UsbId | undefined;

  constructor(
    private readonly wearer: string,
    private readonly wanted: WantedSource,
    private readonly registry: PortRegistry,
  ) {}

  /** Path of the port, which is this wearer's from then on; undefined where it is not there, and `reason` says so. */
  async locate(): Promise<string | undefined> {
    const ports = await this.registry.ports();
    const path = await this.#find(ports);
    if (path === undefined) return this.#nothing();
    const real = (await this.registry.real(path)) ?? path;
    if (!this.registry.take(real, this.wearer)) {
      this.reason = `${path} is the port of wearer ${this.registry.holder(real)}`;
      return this.#nothing();
    }
    this.#seen ??= usbOf(ports.find((port) => port.path === real));
    this.reason = undefined;
    return path;
  }

  /** Whose port is not there holds none: two devices that have changed their names would wait for each other for ever. */
  #nothing(): undefined {
    this.registry.release(this.wearer);
    return undefined;
  }

  async #find(ports: readonly PortInfo[]): Promise<string | undefined> {
    const { usb, path } = this.wanted;
    if (usb) return this.#findUsb(ports, usb);
    const seen = this.#seen;
    const real = await this.registry.real(path!);
    // A path that names the device leads to it wherever it is.
    if (!seen || path!.startsWith("/dev/serial/")) {
      if (real === undefined) this.reason = `${path} does not exist`;
      return real && path;
    }
    const here = ports.find((port) => port.path === real);
    if (here && matches(here, seen)) return path;
    // It may have got another name; without a serial number of its own nothing would tell it from its like.
    const elsewhere = seen.serialNumber === undefined ? undefined : ports.find((port) => matches(port, seen));
    if (elsewhere) return elsewhere.path;
    this.reason = here ? `another device is at ${path}` : `${path} does not exist`;
    return undefined;
  }

  #findUsb(ports: readonly PortInfo[], usb: UsbId): string | undefined {
    const present = ports.filter((port) => matches(port, usb));
    const free = present.filter(({ path }) => (this.registry.holder(path) ?? this.wearer) === this.wearer);
    const name = `USB device ${usb.vendorId}:${usb.productId}${usb.serialNumber === undefined ? "" : ` with serial number ${usb.serialNumber}`}`;
    if (free.length === 0)
      this.reason =
        present.length === 0
          ? `${name} is not plugged in`
          : `${name} is that of wearer ${this.registry.holder(present[0]!.path)}`;
    return free[0]?.path;
  }
}

function usbOf(port: PortInfo | undefined): UsbId | undefined {
  if (port?.vendorId === undefined || port.productId === undefined) return undefined;
  const { vendorId, productId, serialNumber } = port;
  return { vendorId: vendorId.toLowerCase(), productId: productId.toLowerCase(), serialNumber };
}

function matches(port: PortInfo, { vendorId, productId, serialNumber }: UsbId): boolean {
  return (
    port.vendorId?.toLowerCase() === vendorId &&
    port.productId?.toLowerCase() === productId &&
    (serialNumber === undefined || port.serialNumber === serialNumber)
  );
}
