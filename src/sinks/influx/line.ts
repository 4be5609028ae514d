import type { Payload } from "../outbox.js";

/** Characters that end a measurement, a key or a tag's value; a line break cannot be written in one at all. */
const escapeTag = (text: string): string =>
  text
    .replace(/[\r\n]/g, " ")
    .replace(/\\+$/, "")
    .replace(/[,= ]/g, (sign) => `\\${sign}`);
const escapeText = (text: string): string => text.replace(/["\\]/g, (sign) => `\\${sign}`);

type FieldValue = number | boolean | string | { readonly integer: number };

function field(value: FieldValue): string | undefined {
  if (typeof value === "string") return `"${escapeText(value)}"`;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "object") return `${value.integer}i`;
  return Number.isFinite(value) ? String(value) : undefined;
}

/**
 * One line of InfluxDB's line protocol.
 *
 * @param tags those without a value are left out, since there is no empty tag
 * @param fields those that are undefined, null or no finite number are left out; one at least must remain
 * @param at epoch ms, written as whole ms
 */
export function influxLine(
  measurement: string,
  tags: Readonly<Record<string, string | undefined>>,
  fields: Readonly<Record<string, FieldValue | null | undefined>>,
  at: number,
): string {
  let line = measurement.replace(/[, ]/g, (sign) => `\\${sign}`);
  for (const key of Object.keys(tags).sort()) if (tags[key]) line += `,${escapeTag(key)}=${escapeTag(tags[key])}`;
  const parts: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    const text = value === null || value === undefined ? undefined : field(value);
    if (text !== undefined) parts.push(`${escapeTag(key)}=${text}`);
  }
  return `${line} ${parts.join(",")} ${Math.round(at)}`;
}

/**
 * A message as a line: measurement `biox_TYPE`, tags `gateway`, `wearer` and `bundle`. Time is the end of the window, or when the message
 * was made: written twice, it is one point.
 */
export function messageLine(message: Payload): string {
  const { type, gateway, wearer, at, id } = message;
  const tags = { gateway, wearer, bundle: "bundle" in message ? message.bundle : undefined };
  const line = (fields: Parameters<typeof influxLine>[2], time = at): string =>
    influxLine(`biox_${type}`, tags, { ...fields, id }, time);
  switch (message.type) {
    case "prediction":
      return line(
        {
          label: message.label,
          index: { integer: message.index },
          probability: message.probs[message.index],
          ...Object.fromEntries(message.probs.map((p, i) => [`p${i}`, p])),
          quality: message.quality,
          reliable: message.reliable,
          reasons: message.reasons.join(" "),
          pulse_rate: message.pulseRate,
          lost: { integer: message.lost },
          age_ms: message.ageMs,
          total_ms: message.ms.total,
        },
        message.t[1],
      );
    case "unpredicted":
      return line({ reason: message.reason, lost: { integer: message.lost } }, message.t[1]);
    case "quality": {
      const { quality, reliable, reasons, pulseRate } = message;
      return line({ quality, reliable, reasons: reasons.join(" "), pulse_rate: pulseRate }, message.t[1]);
    }
    case "link": {
      const { bytes, crcErrors, framingErrors, reconnects } = message.link ?? {};
      const counters = { bytes, crc_errors: crcErrors, framing_errors: framingErrors, reconnects };
      const whole = Object.entries(counters).map(([key, n]) => [key, n === undefined ? n : { integer: n }]);
      return line({ state: message.state, reason: message.reason, ...Object.fromEntries(whole) });
    }
    case "marker":
      return line({ name: message.name, by: message.by });
    case "overload":
      return line({
        skipped_hops: { integer: message.skippedHops },
        skipped_in_all: { integer: message.skippedInAll },
      });
  }
}
