import { invalidArgument } from "../../errors.js";
import { channel, countedStream } from "../describe.js";
import { requireOptions } from "../options.js";
import type { DeviceDescriptor, DeviceOption, DeviceOptions, StreamDescriptor } from "../types.js";

export const BITALINO_OPTIONS: readonly DeviceOption[] = [
  {
    name: "channels",
    values: undefined,
    default: "1,2,3,4,5,6",
    meaning:
      "Analog inputs to read, 1 to 6 in rising order, with commas. The first four of those chosen have 10 bits, the others 6; " +
      "by default all, as the frames do not tell which they are.",
  },
  {
    name: "rate",
    values: ["1", "10", "100", "1000"],
    default: "1000",
    meaning: "Samples a second. 1000 is what the maker's programs use; 100 is enough for a pulse.",
  },
  {
    name: "mode",
    values: ["live", "simulated"],
    default: "live",
    meaning: "Whether the board measures or sends signals of its own making; by default it measures.",
  },
];

export interface BitalinoSetup {
  /** Numbers of the analog inputs, 1 to 6, in rising order. */
  inputs: number[];
  rate: number;
  simulated: boolean;
  stream: StreamDescriptor;
}

/** @throws BioxError INVALID_ARGUMENT for an option that the board does not have, or a value that it cannot have */
export function bitalinoSetup(
  device: Pick<DeviceDescriptor, "id" | "options">,
  options?: DeviceOptions,
): BitalinoSetup {
  const given = requireOptions(device, options);
  const text = given.channels!;
  const inputs = text.split(",").map(Number);
  const rising = inputs.every((input, i) => i === 0 || input > inputs[i - 1]!);
  if (!/^[1-6](,[1-6])*$/.test(text) || !rising)
    throw invalidArgument("channels", "numbers from 1 to 6 in rising order, with commas", text);
  const rate = Number(given.rate);
  const channels = inputs.map((input) => channel(`a${input}`, "adc"));
  return { inputs, rate, simulated: given.mode === "simulated", stream: countedStream(0, "analog", rate, channels) };
}
