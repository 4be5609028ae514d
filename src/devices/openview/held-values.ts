/**
 * Finds the samples in a channel that is sent more often than it is measured, so that values repeat: a change is a new sample.
 *
 * A repeat that goes on for longer than two periods of the sensor must have been measured (a finger that is out, a sensor at its limit):
 * from then on repeats are taken at the sensor's rate.
 */
export class HeldValues {
  #last: number[] | undefined;
  /** Samples that the sensor has measured since the one taken last. */
  #owed = 0;

  /** @param ratio samples of the sensor in a sample of the wire, below 1 */
  constructor(private readonly ratio: number) {}

  /** Whether these values, one for each channel of the sensor, are a new sample. */
  isNew(a: number, b: number): boolean {
    const last = this.#last;
    if (last === undefined) {
      this.#last = [a, b];
      return true;
    }
    if (last[0] !== a || last[1] !== b) {
      last[0] = a;
      last[1] = b;
      this.#owed = 0;
      return true;
    }
    this.#owed += this.ratio;
    if (this.#owed < 2) return false;
    this.#owed -= 1;
    return true;
  }
}
