/**
 * What a receiver at one speed makes of bytes that were sent at another: 8 data bits, least significant first, a start bit (low) and a
 * stop bit (high). It samples each bit in its middle, and passes on what has a wrong stop bit as UARTs do unless told otherwise.
 */
export function misheard(bytes: Uint8Array, sentBaud: number, readBaud: number): Uint8Array {
  const levels: number[] = [];
  for (const byte of bytes) {
    levels.push(0);
    for (let bit = 0; bit < 8; bit++) levels.push((byte >> bit) & 1);
    levels.push(1);
  }
  const bitsOf = sentBaud / readBaud;
  const level = (time: number): number => levels[Math.floor(time * bitsOf)] ?? 1;
  const heard: number[] = [];
  const end = levels.length / bitsOf;
  for (let time = 0; time < end; ) {
    if (level(time) === 1) {
      time += 1 / 16;
      continue;
    }
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) byte |= level(time + 1.5 + bit) << bit;
    heard.push(byte);
    time += 9.5;
    // The next start bit is a fall of the line: a line that is still low must rise first.
    while (time < end && level(time) === 0) time += 1 / 16;
  }
  return Uint8Array.from(heard);
}
