import type { BridgeShape } from "../bridge-weights.js";

/** One way to read three matrices as a bridge: which of them lie transposed in the file, and the sizes that follow. */
export interface Orientation {
  readonly transposed: Readonly<Record<"A" | "B" | "prototypes", boolean>>;
  readonly shape: BridgeShape;
}

type Matrix = readonly [rows: number, columns: number];

/**
 * All ways in which three matrices fit together as A [r, C_in], B [P*T, r], prototypes [C_out, P], as they lie or transposed. Those with
 * fewer transposed come first, so the first is what the file says where it says so.
 */
export function orientations(A: Matrix, B: Matrix, prototypes: Matrix): Orientation[] {
  const found: Orientation[] = [];
  for (const a of [false, true])
    for (const b of [false, true])
      for (const p of [false, true]) {
        const [rank, channelsIn] = turned(A, a);
        const [rows, rankOfB] = turned(B, b);
        const [width, count] = turned(prototypes, p);
        if (rank !== rankOfB || rows % count !== 0) continue;
        found.push({
          transposed: { A: a, B: b, prototypes: p },
          shape: { channelsIn, rank, prototypes: count, tokens: rows / count, width },
        });
      }
  return found.sort((x, y) => turns(x) - turns(y));
}

/** A row-major matrix, transposed. */
export function transpose(data: Float32Array, [rows, columns]: Matrix): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return out;
}

function turned([rows, columns]: Matrix, transposed: boolean): Matrix {
  return transposed ? [columns, rows] : [rows, columns];
}

function turns({ transposed: { A, B, prototypes } }: Orientation): number {
  return Number(A) + Number(B) + Number(prototypes);
}
