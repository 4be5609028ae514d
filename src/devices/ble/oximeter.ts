/** A measurement of a pulse oximeter (Bluetooth Pulse Oximeter Service 1.0.1). */
export interface Oximetry {
  /** Percent; NaN where there is none. */
  spo2: number;
  /** Beats a minute; NaN where there is none. */
  bpm: number;
  /** Pulse amplitude index, percent; NaN where there is none, undefined where the sensor does not send it. */
  perfusion: number | undefined;
  /** Names of what the sensor reports about itself; undefined where it does not. */
  status: string[] | undefined;
}

/**
 * Fields behind flags, SpO2 and pulse rate, in the order of their flag bits, with their bytes. Continuous: PLX Continuous
 * Measurement, 2A5F; spot check: PLX Spot-Check Measurement, 2A5E.
 */
const FIELDS = {
  continuous: { fast: 4, slow: 4, measurementStatus: 2, sensorStatus: 3, amplitude: 2 },
  spotCheck: { time: 7, measurementStatus: 2, sensorStatus: 3, amplitude: 2 },
};
const FIRST_FIELD_AT = 5;
/** Bits of the measurement status with which there is no measurement: unavailable, invalid. */
const NO_MEASUREMENT = (1 << 13) | (1 << 15);
const MOST_BPM = 250;

/** Bits of the device and sensor status, from bit 0. */
const STATUS_NAMES = [
  "extended display update",
  "equipment malfunction",
  "signal processing irregularity",
  "inadequate signal",
  "poor signal",
  "low perfusion",
  "erratic signal",
  "non-pulsatile signal",
  "questionable pulse",
  "signal analysis ongoing",
  "sensor interference",
  "sensor unconnected to user",
  "unknown sensor",
  "sensor displaced",
  "sensor malfunctioning",
  "sensor disconnected",
];

/** Mantissas that are no numbers: +infinity, NaN, not at this resolution, reserved, -infinity. */
const SPECIAL_MANTISSAS = new Set([0x7fe, 0x7ff, 0x800, 0x801, 0x802]);

/** The 16-bit decimal number (SFLOAT, IEEE 11073-20601) at `at`: 12 bits of mantissa, 4 of exponent; NaN for its special values. */
export function readSfloat(value: Uint8Array, at: number): number {
  const word = value[at]! | (value[at + 1]! << 8);
  if (SPECIAL_MANTISSAS.has(word & 0xfff)) return Number.NaN;
  const mantissa = ((word & 0xfff) << 20) >> 20;
  const exponent = (word << 16) >> 28;
  // Dividing by a power of ten rounds once; multiplying by a negative one would round twice.
  return exponent < 0 ? mantissa / 10 ** -exponent : mantissa * 10 ** exponent;
}

function within(value: number, low: number, high: number): number {
  return value >= low && value <= high ? value : Number.NaN;
}

/** The measurement, or undefined where the length does not fit the flags. */
export function parseOximetry(value: Uint8Array, kind: keyof typeof FIELDS): Oximetry | undefined {
  const found = new Map<string, number>();
  let at = FIRST_FIELD_AT;
  for (const [bit, [name, bytes]] of Object.entries(FIELDS[kind]).entries()) {
    if (!((value[0]! >> bit) & 1)) continue;
    found.set(name, at);
    at += bytes;
  }
  if (value.length !== at) return undefined;
  const u16 = (name: string): number | undefined => {
    const from = found.get(name);
    return from === undefined ? undefined : value[from]! | (value[from + 1]! << 8);
  };
  const measured = ((u16("measurementStatus") ?? 0) & NO_MEASUREMENT) === 0;
  const number = (from: number, low: number, high: number): number =>
    measured ? within(readSfloat(value, from), low, high) : Number.NaN;
  const status = u16("sensorStatus");
  const amplitudeAt = found.get("amplitude");
  return {
    spo2: number(1, 0, 100),
    bpm: number(3, 1, MOST_BPM),
    perfusion: amplitudeAt === undefined ? undefined : number(amplitudeAt, 0, 100),
    status: status === undefined ? undefined : STATUS_NAMES.filter((_, bit) => (status >> bit) & 1),
  };
}
