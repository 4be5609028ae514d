import { BioxError, invalidArgument, show } from "../errors.js";
import type { DeviceDescriptor, DeviceOptions } from "./types.js";

/**
 * The value of every option of a device, defaults filled in.
 *
 * @throws BioxError INVALID_ARGUMENT for an option that the device does not have, or a value that is not among its values
 */
export function requireOptions(
  { id, options: known }: Pick<DeviceDescriptor, "id" | "options">,
  given: DeviceOptions = {},
): Record<string, string> {
  for (const name of Object.keys(given))
    if (!known.some((option) => option.name === name))
      throw new BioxError(
        "INVALID_ARGUMENT",
        `Device ${id} has no option ${show(name)}.`,
        known.length > 0 ? `It has ${known.map((option) => option.name).join(", ")}.` : "It has none.",
      );
  return Object.fromEntries(
    known.map(({ name, values, default: fallback }) => {
      const value = given[name] ?? fallback;
      if (values && !values.includes(value)) throw invalidArgument(name, `one of ${values.join(", ")}`, value);
      return [name, value];
    }),
  );
}
