import { messageId } from "../../../src/sinks/message-id.js";
import type { GatewayMessage } from "../../../src/sinks/sink.js";

let made = 0;

/** A prediction as a gateway tells it. */
export function examplePrediction(wearer = "w01", more: object = {}): GatewayMessage {
  const at = Date.now();
  return {
    id: messageId(at),
    at,
    wearer,
    bundle: "stress",
    type: "prediction",
    source: "sim:?hr=72",
    t: [at - 8000, at],
    window: [made, (made += 500)],
    label: "rest",
    index: 0,
    probs: [0.9, 0.1],
    quality: 0.98,
    reasons: [],
    reliable: true,
    pulseRate: 71.5,
    lost: 0,
    ageMs: 12.5,
    ms: { prepare: 1, lower: 2, bridge: 3, upper: 4, total: 10 },
    ...more,
  } as GatewayMessage;
}

/** One message of each kind, with everything that may be left out and without. */
export function exampleMessages(wearer = "w01"): GatewayMessage[] {
  const at = Date.now();
  const base = () => ({ id: messageId(at), at, wearer });
  const link = {
    state: "open",
    reconnects: 1,
    startsRepeated: 0,
    lowLatency: "on",
    bytes: 123_456,
    frames: 1000,
    crcErrors: 2,
    framingErrors: 1,
    oversize: 0,
    resyncs: 1,
    undescribed: 0,
  };
  return [
    examplePrediction(wearer),
    examplePrediction(wearer, { quality: 0.3, reasons: ["motion"], reliable: false, pulseRate: null, batch: 4 }),
    {
      ...base(),
      bundle: "stress",
      type: "unpredicted",
      source: "sim:",
      t: [at - 8000, at],
      window: [0, 500],
      lost: 400,
      reason: "too much of the window was lost",
    },
    { ...base(), type: "link", source: "sim:", state: "open", reason: undefined, link },
    { ...base(), type: "link", source: "sim:", state: "waiting", reason: "the device is not there", link: undefined },
    { ...base(), type: "marker", name: 'stairs, "fast"', by: "page" },
    { ...base(), type: "overload", bundle: "stress", skippedHops: 3, skippedInAll: 10 },
  ] as GatewayMessage[];
}
