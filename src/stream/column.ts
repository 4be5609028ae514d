/** Numbers of which nobody knows how many will come. */
export class Column {
  length = 0;
  private data = new Float64Array(1024);

  push(value: number): void {
    if (this.length === this.data.length) {
      const longer = new Float64Array(2 * this.data.length);
      longer.set(this.data);
      this.data = longer;
    }
    this.data[this.length++] = value;
  }

  /** The numbers so far, without the room behind them. */
  take(): Float64Array {
    return this.data.slice(0, this.length);
  }
}
