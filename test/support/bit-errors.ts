/** A frame as it was sent, ending in its delimiter 0, and as it arrived: as many bytes. */
export interface SentFrame {
  original: Uint8Array;
  arrived: Uint8Array;
}

/** Turns each bit around with probability `rate`. */
export function flipBits(bytes: Uint8Array, rate: number, random: () => number): Uint8Array {
  return bytes.map((byte) => {
    let flipped = byte;
    for (let bit = 0; bit < 8; bit++) if (random() < rate) flipped ^= 1 << bit;
    return flipped;
  });
}

/**
 * What must arrive of frames with wrong bits, from what was done to them, not from their format: a frame arrives when its body is
 * whole and begins behind a delimiter, or behind a whole frame whose delimiter was hit. Each look at what is no frame is one error.
 */
export function accountFor(frames: readonly SentFrame[]): { delivered: boolean[]; errors: number; resyncs: number } {
  const stream = Buffer.concat(frames.map(({ arrived }) => arrived));
  const begins = new Map<number, number>();
  let length = 0;
  const bodies = frames.map(({ original, arrived }, k) => {
    begins.set(length, k);
    length += original.length;
    const body = original.length - 1;
    return { end: length - 1, whole: Buffer.compare(original.subarray(0, body), arrived.subarray(0, body)) === 0 };
  });
  const delivered = frames.map(() => false);
  let errors = 0;
  let resyncs = 0;
  let inError = false;
  const deliver = (k: number): void => {
    delivered[k] = true;
    if (inError) resyncs++;
    inError = false;
  };
  const block = (from: number, to: number): void => {
    for (let at = from; at < to; ) {
      const k = begins.get(at);
      const body = k === undefined ? undefined : bodies[k]!;
      const whole = body?.whole === true && body.end <= to;
      if (whole && body.end === to) {
        deliver(k!);
        return;
      }
      errors++;
      inError = true;
      if (!whole) return;
      deliver(k!);
      at = body.end + 1;
    }
  };
  let from = 0;
  for (let to = stream.indexOf(0); to >= 0; to = stream.indexOf(0, from)) {
    block(from, to);
    from = to + 1;
  }
  if (inError || from < stream.length) resyncs++;
  return { delivered, errors: from < stream.length ? errors + 1 : errors, resyncs };
}
