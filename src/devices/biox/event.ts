import * as v from "valibot";
import { printableName } from "../printable.js";
import type { DeviceMessage, StreamEnd } from "../types.js";
import type { PlainMap, PlainValue } from "./messagepack.js";

const streamEnd = v.object({
  id: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
  samples: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** The well-formed entries alone: a damaged one must not keep the end of a playback from being noticed. */
function streamEnds(value: PlainValue | undefined): StreamEnd[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => {
    const result = v.safeParse(streamEnd, entry);
    return result.success ? [result.output] : [];
  });
}

/** An event of the device: `{event: "end", streams}` becomes a message of its own, any other keeps its name and data. */
export function parseEvent(data: PlainMap): DeviceMessage {
  if (data.event === "end") return { type: "end", streams: streamEnds(data.streams) };
  const name = typeof data.event === "string" ? printableName(data.event) : "";
  return { type: "event", name: name || "event", data };
}
