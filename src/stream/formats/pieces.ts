import type { FileBlock, SignalFile } from "./signal-file.js";

/** Signal time of one piece, as a wearable would send it. */
const PIECE_S = 0.04;

/**
 * Blocks as short as a wearable sends them: a file's may be seconds long, and would come late all at once. Streams keep the order of time.
 * A piece has no sample that is missing (of any channel); one of such samples alone has no values.
 */
export async function* inPieces(file: SignalFile): AsyncGenerator<FileBlock, void, undefined> {
  let together: FileBlock[] = [];
  for await (const block of file.blocks()) {
    if (together.length > 0 && block.stream <= together.at(-1)!.stream) {
      yield* cut(file, together);
      together = [];
    }
    together.push(block);
  }
  yield* cut(file, together);
}

const NONE = new Float64Array(0);

function cut({ streams }: SignalFile, blocks: readonly FileBlock[]): FileBlock[] {
  const pieces: { due: number; piece: FileBlock }[] = [];
  for (const { stream, index, count, values } of blocks) {
    const { rate, channels } = streams[stream]!;
    const width = channels.length;
    const size = Math.max(1, Math.round(rate * PIECE_S));
    for (let from = 0; from < count; ) {
      const there = isThere(values, from, width);
      let until = from + 1;
      while (until < count && until < from + size && isThere(values, until, width) === there) until++;
      const part = there ? values.subarray(from * width, until * width) : NONE;
      pieces.push({
        due: (index + until) / rate,
        piece: { stream, index: index + from, count: until - from, values: part },
      });
      from = until;
    }
  }
  return pieces.sort((a, b) => a.due - b.due).map(({ piece }) => piece);
}

function isThere(values: Float64Array, sample: number, width: number): boolean {
  for (let at = sample * width; at < (sample + 1) * width; at++) if (!Number.isFinite(values[at]!)) return false;
  return true;
}
