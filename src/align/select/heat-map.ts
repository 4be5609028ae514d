import type { Selection } from "./selection.js";

const CELL = 54;
const ROW = 30;
const LEFT = 170;
const TOP = 110;
const GAP = 24;
/** Of bold text of 11 pixels, on average and rounded up. */
const LETTER = 7;
/** From low to high: five colours of viridis (van der Walt and Smith 2015), which also works without colour vision. */
const COLOURS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

/**
 * A selection as a picture: a row for each block of the new model with its macro-F1, a column for each of the old with its CKA, the
 * chosen ones outlined. Colours run from the lowest to the highest number of either kind.
 *
 * @returns an SVG file
 */
export function selectionSvg({ new: from, old: to, scores }: Selection): string {
  const cka = scores.cka.flat().filter((value) => value !== null);
  const f1 = scores.new.map(({ macroF1 }) => macroF1);
  const x = (column: number): number => LEFT + CELL + GAP + column * CELL;
  const y = (row: number): number => TOP + row * ROW;
  // Names of columns lean out to the right, and the lines below have a length of their own.
  const chosen = `chosen: out of ${wholeName(from)}, into ${wholeName(to)}`;
  const width = Math.max(620, x(scores.old.length) + 90, 20 + chosen.length * LETTER);
  const height = y(scores.new.length) + 64;
  const rows = scores.new.map((score, row) => {
    const chosen = score.tensor === from.tensor;
    const cells = scores.cka[row]!.map((value, column) =>
      cell(x(column), y(row), value, cka, chosen && scores.old[column]!.tensor === to.tensor),
    );
    return [
      label(LEFT - 8, y(row) + ROW / 2, name(score), `text-anchor="end"`, score.tensor),
      cell(LEFT, y(row), score.macroF1, f1, chosen),
      ...cells,
    ].join("\n");
  });
  const columns = scores.old.map((score, column) => {
    const at = x(column) + CELL / 2;
    return label(at, TOP - 8, name(score), `transform="rotate(-35 ${at} ${TOP - 8})"`, score.tensor);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11" fill="#222">
<title>Positions of a bridge: ${escaped(chosen)}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${label(10, 16, "Where a bridge leaves the new model (rows) and enters the old one (columns)", `font-size="13" font-weight="bold"`)}
${label(LEFT + CELL / 2, TOP - 8, "macro-F1", `text-anchor="middle"`)}
${columns.join("\n")}
${rows.join("\n")}
${label(10, height - 40, `macro-F1 ${range(f1)}: how well the old model's answers are told from the block's output`)}
${label(10, height - 26, `CKA ${range(cka)}: how alike the block's output and the input of the old model's block see the windows`)}
${label(10, height - 10, chosen, `font-weight="bold"`)}
</svg>
`;
}

function cell(x: number, y: number, value: number | null, among: readonly number[], chosen: boolean): string {
  const [low, high] = [Math.min(...among), Math.max(...among)];
  const share = value === null ? undefined : high > low ? (value - low) / (high - low) : 1;
  const fill = share === undefined ? "#ddd" : colour(share);
  const ink = share !== undefined && share < 0.6 ? "#fff" : "#222";
  const frame = chosen ? ` stroke="#d00" stroke-width="3"` : "";
  const text = value === null ? "-" : value.toFixed(3).replace(/^0/, "");
  return [
    `<rect x="${x + 2}" y="${y + 2}" width="${CELL - 4}" height="${ROW - 4}" fill="${fill}"${frame}/>`,
    label(x + CELL / 2, y + ROW / 2, text, `text-anchor="middle" fill="${ink}"`),
  ].join("");
}

function colour(share: number): string {
  const at = Math.min(COLOURS.length - 2, Math.floor(share * (COLOURS.length - 1)));
  const part = share * (COLOURS.length - 1) - at;
  const mixed = COLOURS[at]!.map((low, c) => Math.round(low + part * (COLOURS[at + 1]![c]! - low)));
  return `rgb(${mixed.join(",")})`;
}

function name({ tensor, index }: { readonly tensor: string; readonly index: number | null }): string {
  const short = tensor.length > 18 ? `…${tensor.slice(-17)}` : tensor;
  return index === null ? short : `block ${index} (${short})`;
}

/** As 'biox cut --at' wants it. */
function wholeName({ tensor, index }: { readonly tensor: string; readonly index: number | null }): string {
  return index === null ? tensor : `block ${index} (${tensor})`;
}

function range(values: readonly number[]): string {
  return values.length === 0 ? "" : `${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`;
}

/** @param title what pointing at the text shows, where it is shortened */
function label(x: number, y: number, text: string, more = "", title = ""): string {
  const tip = title === "" ? "" : `<title>${escaped(title)}</title>`;
  return `<text x="${x}" y="${y}" dominant-baseline="middle" ${more}>${tip}${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
