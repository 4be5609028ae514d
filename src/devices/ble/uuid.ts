/** Characteristics that can be read. */
export const Uuid = {
  battery: "2a19",
  heartRate: "2a37",
  oximeterSpotCheck: "2a5e",
  oximeterContinuous: "2a5f",
  polar: "fb005c82-02e7-f387-1cad-8acd2d8df0c8",
} as const;

/** The Bluetooth base UUID around a 16-bit one. */
const BASED = /^0000([0-9a-f]{4})-0000-1000-8000-00805f9b34fb$/;

/** A UUID as it is written here: small letters, four digits where it is an assigned one, whether the bridge writes it long or short. */
export function uuidOf(text: string): string {
  const small = text.toLowerCase();
  return BASED.exec(small)?.[1] ?? small;
}
