/** A value of the Heart Rate Measurement characteristic (2A37; Bluetooth Heart Rate Service 1.0, section 3.1). */
export interface HeartRate {
  /** Beats a minute; NaN where the sensor has none. */
  bpm: number;
  /** Whether the sensor touches the skin; undefined where it cannot tell. */
  contact: boolean | undefined;
  /** Kilojoules since the last reset; undefined where the sensor does not count them. */
  energyKj: number | undefined;
  /** Times between beats, ms, oldest first. */
  rrMs: number[];
}

const FLAG = { wide: 1, contact: 2, canTellContact: 4, energy: 8, rr: 16 };
/** Times between beats are in 1/1024 s. */
const MS_PER_TICK = 1000 / 1024;
/** A heart does not beat faster, and sensors without a pulse say 0. */
const MOST_BPM = 250;

const u16 = (value: Uint8Array, at: number): number => value[at]! | (value[at + 1]! << 8);

/** The measurement, or undefined where the length does not fit the flags. */
export function parseHeartRate(value: Uint8Array): HeartRate | undefined {
  const flags = value[0] ?? 0;
  let at = 1;
  const rateAt = at;
  at += flags & FLAG.wide ? 2 : 1;
  const energyAt = at;
  at += flags & FLAG.energy ? 2 : 0;
  const rest = value.length - at;
  if (flags & FLAG.rr ? rest < 0 || rest % 2 !== 0 : rest !== 0) return undefined;
  const bpm = flags & FLAG.wide ? u16(value, rateAt) : value[rateAt]!;
  return {
    bpm: bpm > 0 && bpm <= MOST_BPM ? bpm : Number.NaN,
    contact: flags & FLAG.canTellContact ? (flags & FLAG.contact) !== 0 : undefined,
    energyKj: flags & FLAG.energy ? u16(value, energyAt) : undefined,
    rrMs: Array.from({ length: rest / 2 }, (_, i) => u16(value, at + 2 * i) * MS_PER_TICK),
  };
}
