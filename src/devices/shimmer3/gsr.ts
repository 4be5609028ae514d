/** Feedback resistors of the four ranges, kilo-ohms. */
const FEEDBACK_KOHM = [40.2, 287, 1000, 3300] as const;
/** The 12-bit converter's reference and the amplifier's, volts. */
const CONVERTER_V = 3;
const AMPLIFIER_V = 0.5;
const CONVERTER_MAX = 4095;
/** In the last range the amplifier does not go below this count. */
const LAST_RANGE_LEAST = 683;

/**
 * Skin conductance in microsiemens of a raw GSR word: range in the top two bits, 12-bit count in the low ones.
 *
 * The amplifier gives `V = 0.5 (1 + Rf / R)`, so that the conductance is `(V / 0.5 - 1) / Rf`
 * (Shimmer GSR+ user guide; Shimmer's own drivers, calibrateGsrDataToResistanceFromAmplifierEq). Open electrodes give 0.
 */
export function skinConductance(word: number): number {
  const range = (word >> 14) & 3;
  const count = range === 3 ? Math.max(LAST_RANGE_LEAST, word & 0xfff) : word & 0xfff;
  const volts = (count * CONVERTER_V) / CONVERTER_MAX;
  return Math.max(0, ((volts / AMPLIFIER_V - 1) * 1000) / FEEDBACK_KOHM[range]!);
}
