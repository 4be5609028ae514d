/** What a view writes to; process.stdout is one. */
export interface Terminal {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Whether colours are wanted; a terminal without this has them. */
  hasColors?(): boolean;
  write(text: string): unknown;
}

const COLUMNS = 80;
const ROWS = 24;

/** Draws a few lines over and over at the place where they first appeared. */
export class InPlace {
  private drawn = 0;
  private drawnColumns = 0;

  constructor(private readonly terminal: Terminal) {}

  /** Columns of the terminal; where it does not say (some pseudo-terminals say 0), 80. */
  get columns(): number {
    return this.terminal.columns || COLUMNS;
  }

  /** @param lines none wider than the terminal, or the next drawing would begin at the wrong line */
  draw(lines: readonly string[]): void {
    // The cursor cannot go back to what has scrolled out of the top, and after the last line it stands on one more.
    const shown = lines.slice(0, Math.max(1, (this.terminal.rows || ROWS) - 1));
    const text = shown.map((line) => `\r${line}\x1b[K\n`).join("");
    this.terminal.write(`${this.back()}${text}\x1b[J`);
    this.drawn = shown.length;
    this.drawnColumns = this.columns;
  }

  /** Somebody has ended a line at the keyboard, which the terminal has shown below what was drawn. */
  lineTyped(): void {
    if (this.drawn > 0) this.drawn++;
  }

  private back(): string {
    if (this.drawn === 0) return "";
    // A terminal that became narrower has wrapped what was drawn, nobody knows into how many lines: begin on an empty screen.
    if (this.columns < this.drawnColumns) return "\x1b[2J\x1b[H";
    return `\x1b[${this.drawn}A`;
  }
}
