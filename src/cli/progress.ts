/** One line on stderr that says how far a long command is; nothing where stderr is no terminal. */
export class ProgressLine {
  private shown = false;

  show(text: string): void {
    if (!process.stderr.isTTY) return;
    this.shown = true;
    process.stderr.write(`\r\x1b[K${text}`);
  }

  clear(): void {
    if (this.shown) process.stderr.write("\r\x1b[K");
    this.shown = false;
  }
}
