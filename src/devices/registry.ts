import { BioxError, show } from "../errors.js";
import { ascii } from "./ascii/index.js";
import { biox } from "./biox/index.js";
import { bitalino } from "./bitalino/index.js";
import { ble } from "./ble/index.js";
import { cms50, cms50V7 } from "./cms50/index.js";
import { cyton, cytonDaisy } from "./cyton/index.js";
import { emotibit } from "./emotibit/index.js";
import { noninDf2, noninDf7 } from "./nonin/index.js";
import { healthypi4, healthypi5, openview } from "./openview/index.js";
import { shimmer3 } from "./shimmer3/index.js";
import type { DeviceDescriptor } from "./types.js";

/** Every kind of device that can be read, the project's own first. */
export const DEVICES: readonly DeviceDescriptor[] = [
  biox,
  ascii,
  bitalino,
  ble,
  cms50,
  cms50V7,
  cyton,
  cytonDaisy,
  emotibit,
  healthypi4,
  healthypi5,
  noninDf2,
  noninDf7,
  openview,
  shimmer3,
];

/** The device with this id. Throws DEVICE_UNKNOWN, which lists the ids that exist. */
export function findDevice(id: string): DeviceDescriptor {
  const device = DEVICES.find((entry) => entry.id === id);
  if (device !== undefined) return device;
  const ids = DEVICES.map((entry) => entry.id).join(", ");
  throw new BioxError("DEVICE_UNKNOWN", `No device is called ${show(id)}.`, `Known devices: ${ids}.`);
}
