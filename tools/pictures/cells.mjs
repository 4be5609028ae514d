/**
 * Cells of a terminal as SVG. Letters are text; blocks and braille are drawn as shapes, because the fonts of the reader's browser
 * may lack them or draw them with seams.
 */

/** Size of a cell, baseline and font size, in SVG units. */
export const CELL = { width: 8.4, height: 18, baseline: 13.5, font: 14 };

const FULL_BLOCK = 0x2588;
const BRAILLE = 0x2800;
const DOT_RADIUS = 1.3;
/** Column and row of each braille dot, by bit. */
const DOTS = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [1, 2],
  [0, 3],
  [1, 3],
];

/**
 * @param {import("./screen.mjs").Cell[]} cells of one line
 * @param {number} left of the first cell
 * @param {number} top of the line
 * @param {(color: string | null) => string} fill
 */
export function lineToSvg(cells, left, top, fill) {
  return runs(cells)
    .map((run) => {
      const x = left + run.from * CELL.width;
      const color = fill(run.color);
      if (run.kind === "block")
        return path(
          run.cells.map((cell, i) => block(cell.text, x + i * CELL.width, top)),
          color,
        );
      if (run.kind === "braille")
        return path(
          run.cells.map((cell, i) => dots(cell.text, x + i * CELL.width, top)),
          color,
        );
      return text(run, x, top + CELL.baseline, color);
    })
    .join("");
}

/** Stretches of cells of one kind and style. */
function runs(cells) {
  const out = [];
  cells.forEach((cell, at) => {
    const code = cell.text.codePointAt(0);
    const kind = code >= 0x2588 && code <= 0x258f ? "block" : code >= 0x2800 && code <= 0x28ff ? "braille" : "text";
    const last = out.at(-1);
    if (last && last.kind === kind && last.color === cell.color && last.bold === cell.bold) last.cells.push(cell);
    else out.push({ kind, color: cell.color, bold: cell.bold, from: at, cells: [cell] });
  });
  return out;
}

/** Words that stand apart are elements of their own: renderers make one space of several. */
function text({ cells, bold }, x, y, color) {
  const all = cells.map((cell) => cell.text).join("");
  const weight = bold ? ' font-weight="bold"' : "";
  return [...all.matchAll(/\S+(?: \S+)*/g)]
    .map(({ 0: words, index }) => {
      const from = [...all.slice(0, index)].length;
      // textLength keeps the words in their cells, whichever monospaced font there is.
      const length = round([...words].length * CELL.width);
      return (
        `<text x="${round(x + from * CELL.width)}" y="${round(y)}" textLength="${length}" lengthAdjust="spacingAndGlyphs"` +
        ` fill="${color}"${weight}>${escapeXml(words)}</text>\n`
      );
    })
    .join("");
}

function block(character, x, top) {
  const eighths = 8 - (character.codePointAt(0) - FULL_BLOCK);
  const width = round((CELL.width * eighths) / 8);
  return `M${round(x)} ${round(top + 2)}h${width}v${CELL.height - 4}h-${width}z`;
}

function dots(character, x, top) {
  const bits = character.codePointAt(0) - BRAILLE;
  return DOTS.map(([column, row], bit) => {
    if (!(bits & (1 << bit))) return "";
    const left = round(x + ((column + 0.5) * CELL.width) / 2 - DOT_RADIUS);
    const y = round(top + ((row + 0.5) * CELL.height) / 4);
    const d = round(2 * DOT_RADIUS);
    return `M${left} ${y}a${DOT_RADIUS} ${DOT_RADIUS} 0 1 1 ${d} 0a${DOT_RADIUS} ${DOT_RADIUS} 0 1 1-${d} 0z`;
  }).join("");
}

function path(pieces, color) {
  const d = pieces.join("");
  return d === "" ? "" : `<path fill="${color}" d="${d}"/>\n`;
}

export function escapeXml(value) {
  return value.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
}

function round(value) {
  return Number(value.toFixed(2));
}
