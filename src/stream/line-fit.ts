/**
 * A straight line through points that come one after another: recursive least squares with exponential forgetting, in the information
 * form (Haykin, Adaptive Filter Theory, chapter on RLS), whose state are five sums. They are kept about the newest point, so that
 * hours of microseconds lose no digits.
 */
export class LineFit {
  private x = 0;
  private y = 0;
  private weight = 0;
  private sx = 0;
  private sy = 0;
  private sxx = 0;
  private sxy = 0;
  private squares = 0;
  /** Points taken so far. */
  points = 0;

  /**
   * @param memory number of newest points that the line follows: older ones fade with this constant. At least 2
   * @param slopeScale standard deviation of slopes before a point has come, for points whose own is 1 in `y`: it keeps two near points
   *   from giving a wild one
   */
  constructor(
    private readonly memory: number,
    private readonly slopeScale: number,
  ) {}

  /** Takes a point; `x` must not fall. */
  add(x: number, y: number): void {
    if (this.points === 0) {
      this.x = x;
      this.y = y;
    }
    this.moveTo(x, y);
    if (this.points > 1) {
      const residual = this.at(x) - y;
      const share = Math.max(1 / this.points, 1 / this.memory);
      this.squares += share * (residual * residual - this.squares);
    }
    const keep = 1 - 1 / this.memory;
    this.weight = keep * this.weight + 1;
    this.sx *= keep;
    this.sy *= keep;
    this.sxx *= keep;
    this.sxy *= keep;
    this.points++;
  }

  get slope(): number {
    const { weight, sx, sy, sxx, sxy } = this;
    if (weight === 0) return 0;
    const spread = sxx - (sx * sx) / weight;
    return (sxy - (sx * sy) / weight) / (spread + 1 / this.slopeScale ** 2);
  }

  /** Standard error of the slope, from how far points lay from where the line before them expected them. */
  get slopeError(): number {
    const spread = this.weight > 0 ? this.sxx - this.sx ** 2 / this.weight : 0;
    return this.deviation / Math.sqrt(spread + 1 / this.slopeScale ** 2);
  }

  /** Standard deviation of the points about the line. */
  get deviation(): number {
    return Math.sqrt(this.squares);
  }

  /** The line's value at x. */
  at(x: number): number {
    if (this.weight === 0) return this.y;
    const slope = this.slope;
    return this.y + this.sy / this.weight + slope * (x - this.x - this.sx / this.weight);
  }

  /** Moves the whole line up by `dy`. */
  shift(dy: number): void {
    this.y += dy;
  }

  private moveTo(x: number, y: number): void {
    const dx = x - this.x;
    const dy = y - this.y;
    const { weight, sx, sy } = this;
    this.sxx += -2 * dx * sx + weight * dx * dx;
    this.sxy += -dx * sy - dy * sx + weight * dx * dy;
    this.sx -= weight * dx;
    this.sy -= weight * dy;
    this.x = x;
    this.y = y;
  }
}
