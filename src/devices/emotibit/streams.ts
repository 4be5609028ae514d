import { invalidArgument } from "../../errors.js";
import { channel, timedStream } from "../describe.js";
import type { StreamDescriptor } from "../types.js";

/** Tags of measured series: name of the channel, unit, samples a second with the stock firmware (EmotiBit_Docs). */
const SERIES: readonly [string, string, string, number][] = [
  ["PI", "ir", "adc", 25],
  ["PR", "red", "adc", 25],
  ["PG", "green", "adc", 25],
  ["EA", "gsr", "uS", 15],
  ["EL", "edaLevel", "V", 15],
  ["ER", "edaResponse", "V", 15],
  ["T1", "temperature", "degC", 7.5],
  ["TH", "thermopile", "degC", 7.5],
  ["T0", "temperature0", "degC", 7.5],
  ["H0", "humidity", "%", 7.5],
  ["AX", "accX", "g", 25],
  ["AY", "accY", "g", 25],
  ["AZ", "accZ", "g", 25],
  ["GX", "gyroX", "deg/s", 25],
  ["GY", "gyroY", "deg/s", 25],
  ["GZ", "gyroZ", "deg/s", 25],
  ["MX", "magX", "uT", 25],
  ["MY", "magY", "uT", 25],
  ["MZ", "magZ", "uT", 25],
];

/** Nine commands of seven characters: as many as fit into the 64 bytes of the board's serial buffer at once. */
export const DEFAULT_TAGS = "PI,PR,PG,EA,T1,TH,AX,AY,AZ";
const KNOWN_TAGS = SERIES.map(([tag]) => tag);

/** @throws BioxError INVALID_ARGUMENT where a tag is unknown or comes twice */
export function requireTags(text: string): string[] {
  const tags = text.split(",");
  if (!tags.every((tag) => KNOWN_TAGS.includes(tag)) || new Set(tags).size < tags.length)
    throw invalidArgument("tags", `different tags of ${KNOWN_TAGS.join(", ")}, separated by commas`, text);
  return tags;
}

/**
 * One stream a tag, in the order of `tags`. The three axes, or colours, come in packets of their own that are lost on their
 * own and need not hold equally many samples, so each is counted on its own.
 *
 * @param ppgRate samples a second of PI, PR and PG
 */
export function emotiBitStreams(tags: readonly string[], ppgRate: number): StreamDescriptor[] {
  return tags.map((wanted, id) => {
    const [tag, name, unit, rate] = SERIES.find(([tag]) => tag === wanted)!;
    return timedStream(id, name, tag.startsWith("P") ? ppgRate : rate, [channel(name, unit)]);
  });
}

/** Whether the tag is one of a measured series. */
export function isSeries(tag: string): boolean {
  return KNOWN_TAGS.includes(tag);
}
