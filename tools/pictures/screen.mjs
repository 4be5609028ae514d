/**
 * What a terminal shows of a recorded session of the live view.
 *
 * Knows just the control sequences that the view writes, with xterm's meaning, and refuses all others: a sequence passed over
 * would give a picture of something that was never on the screen.
 */

/** @typedef {{ text: string, bold: boolean, color: string | null }} Cell one column; `color` is a name of COLORS, null the default */

const COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const ESC = "\x1b";
const HIDE_CURSOR = `${ESC}[?25l`;
const SHOW_CURSOR = `${ESC}[?25h`;
/** Characters that do not take exactly one column. */
const NOT_ONE_COLUMN = /\p{M}|\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\uffe6]/u;
const TOKEN = new RegExp(`${ESC}\\[([?0-9;]*)([A-Za-z])|.`, "gsu");

/**
 * @param {string} transcript everything that was written to the terminal, and what `script` adds before and after
 * @param {number} columns of the terminal
 * @returns {Cell[][][]} the frames, oldest first: all lines that the view drew until it went back up for the next one. The very last
 * frame, after which it does not go back up, is not among them: it shows a run that has ended.
 */
export function frames(transcript, columns) {
  const start = transcript.indexOf(HIDE_CURSOR);
  const end = transcript.lastIndexOf(SHOW_CURSOR);
  if (start < 0 || end < start) throw new Error(`There is no live view in this transcript:\n${transcript}`);
  const screen = new Screen(columns);
  const done = [];
  for (const [token, parameters, command] of transcript.slice(start + HIDE_CURSOR.length, end).matchAll(TOKEN)) {
    if (token === SHOW_CURSOR) break;
    if (command === "A") done.push(screen.goUp(Number(parameters || 1)));
    else if (command !== undefined) screen.control(parameters, command);
    else screen.print(token);
  }
  return done;
}

class Screen {
  /** @type {Cell[][]} */
  #lines = [];
  #row = 0;
  #column = 0;
  #style = { bold: false, color: null };
  #columns;

  constructor(columns) {
    this.#columns = columns;
  }

  print(character) {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#row++;
    else if (character < " ") throw new Error(`The view wrote the control character ${character.charCodeAt(0)}.`);
    else if (NOT_ONE_COLUMN.test(character))
      throw new Error(`"${character}" does not take one column; only such are drawn.`);
    else if (this.#column === this.#columns) throw new Error(`The view wrote more than ${this.#columns} columns.`);
    else {
      while (this.#line.length < this.#column) this.#line.push({ text: " ", bold: false, color: null });
      this.#line[this.#column++] = { text: character, ...this.#style };
    }
  }

  control(parameters, command) {
    if (command === "m") this.#style = selectStyle(this.#style, parameters);
    // Erasing after the last column takes away the character that was just written there.
    else if (command === "K" && parameters === "") this.#line.splice(Math.min(this.#column, this.#columns - 1));
    else if (command === "J" && parameters === "") {
      this.#line.splice(this.#column);
      this.#lines.splice(this.#row + 1);
    } else throw new Error(`The view wrote the sequence ESC[${parameters}${command}, which is not known here.`);
  }

  /** @returns {Cell[][]} the lines that the cursor goes back over */
  goUp(count) {
    if (count > this.#row) throw new Error(`The view went ${count} lines up from line ${this.#row}.`);
    this.#row -= count;
    return Array.from({ length: count }, (_, i) => [...(this.#lines[this.#row + i] ?? [])]);
  }

  get #line() {
    this.#lines[this.#row] ??= [];
    return this.#lines[this.#row];
  }
}

function selectStyle(style, parameters) {
  let { bold, color } = style;
  for (const code of parameters.split(";").map(Number)) {
    if (code === 0) [bold, color] = [false, null];
    else if (code === 1) bold = true;
    else if (code === 22) bold = false;
    else if (code === 39) color = null;
    else if (code >= 30 && code <= 37) color = COLORS[code - 30];
    else if (code >= 90 && code <= 97) color = `bright-${COLORS[code - 90]}`;
    else throw new Error(`The view used style ${code}, which is not known here.`);
  }
  return { bold, color };
}

/** @param {Cell[]} line */
export function plainText(line) {
  return line.map((cell) => cell.text).join("");
}
