/**
 * Samples of WFDB signal files, as of signal(5) (https://physionet.org/physiotools/wag/signal-5.htm). Each format is a way to pack numbers
 * into bytes in groups; the lowest number that it can hold means "no valid sample".
 */

export interface Packing {
  /** Samples that are packed together, and into how many bytes. */
  readonly group: number;
  readonly bytes: number;
  /** What stands for a missing sample; undefined where the format has none. */
  readonly missing: number | undefined;
  /** Sample `k` (0 to group - 1) of the group that begins at `at`. */
  read(data: Buffer, at: number, k: number): number;
}

const low10 = (value: number): number => ((value & 0x3ff) << 22) >> 22;

export const PACKINGS: ReadonlyMap<number, Packing> = new Map<number, Packing>([
  [16, { group: 1, bytes: 2, missing: -(2 ** 15), read: (data, at) => data.readInt16LE(at) }],
  [24, { group: 1, bytes: 3, missing: -(2 ** 23), read: (data, at) => data.readIntLE(at, 3) }],
  [32, { group: 1, bytes: 4, missing: -(2 ** 31), read: (data, at) => data.readInt32LE(at) }],
  [61, { group: 1, bytes: 2, missing: -(2 ** 15), read: (data, at) => data.readInt16BE(at) }],
  [80, { group: 1, bytes: 1, missing: -128, read: (data, at) => data[at]! - 128 }],
  // The upper four bits of two samples share the middle byte.
  [
    212,
    {
      ...{ group: 2, bytes: 3, missing: -2048 },
      read: (data, at, k) =>
        ((k === 0 ? data[at]! | ((data[at + 1]! & 0x0f) << 8) : data[at + 2]! | ((data[at + 1]! & 0xf0) << 4)) << 20) >>
        20,
    },
  ],
  // Three samples of ten bits in two words: the first two above an unused bit, the third in the five bits above each of them.
  [
    310,
    {
      ...{ group: 3, bytes: 4, missing: -512 },
      read: (data, at, k) => {
        if (k < 2) return low10(data.readUInt16LE(at + 2 * k) >> 1);
        return low10((data.readUInt16LE(at) >> 11) | ((data.readUInt16LE(at + 2) >> 11) << 5));
      },
    },
  ],
  // Three samples of ten bits in one word of 32, the first one lowest.
  [311, { group: 3, bytes: 4, missing: -512, read: (data, at, k) => low10(data.readUInt32LE(at) >>> (10 * k)) }],
]);
