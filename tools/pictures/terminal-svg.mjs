/**
 * Draws one frame of a recorded live view as an SVG of a terminal window.
 *
 *     node tools/pictures/terminal-svg.mjs TRANSCRIPT COLUMNS COMMAND > picture.svg
 *
 * TRANSCRIPT is what a run wrote to a terminal of COLUMNS columns (see live-view.sh), COMMAND the line above the picture. The frame is
 * the last one with an open link and an answer.
 */

import { readFileSync } from "node:fs";
import { CELL, escapeXml, lineToSvg } from "./cells.mjs";
import { frames, plainText } from "./screen.mjs";

const PAD = 18;
const BAR = 34;
const BACKGROUND = "#0d1117";
const FOREGROUND = "#e6edf3";
const PALETTE = {
  green: "#3fb950",
  yellow: "#d29922",
  red: "#f85149",
  cyan: "#39c5cf",
  "bright-black": "#8b949e",
};

const [transcript, columns, command] = process.argv.slice(2);
if (command === undefined) fail("Usage: node tools/pictures/terminal-svg.mjs TRANSCRIPT COLUMNS COMMAND");
const all = frames(readFileSync(transcript, "utf8"), Number(columns));
const frame = all.findLast((lines) => {
  const text = lines.map(plainText).join("\n");
  return text.includes("● open") && text.includes("◀");
});
if (!frame)
  fail(`None of the ${all.length} frames in ${transcript} shows an open link and an answer: let the run last longer.`);
process.stdout.write(draw(frame, Number(columns)));

function draw(lines, columns) {
  const width = Math.ceil(columns * CELL.width + 2 * PAD);
  const top = BAR + PAD / 2 + 1.5 * CELL.height;
  const height = Math.ceil(top + lines.length * CELL.height + PAD / 2);
  const fill = (color) => (color === null ? FOREGROUND : (PALETTE[color] ?? fail(`There is no shade for ${color}.`)));
  const prompt = [...`$ ${command}`].map((text) => ({ text, bold: false, color: null }));
  const body = lines.map((cells, i) => lineToSvg(cells, PAD, top + i * CELL.height, fill)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title" font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${CELL.font}">
<title id="title">Live view of ${escapeXml(command)}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="9" fill="${BACKGROUND}" stroke="#30363d"/>
<path d="M1 ${BAR}V10a9 9 0 0 1 9-9H${width - 10}a9 9 0 0 1 9 9V${BAR}z" fill="#161b22"/>
<circle cx="22" cy="17.5" r="6" fill="#ff5f57"/><circle cx="42" cy="17.5" r="6" fill="#febc2e"/><circle cx="62" cy="17.5" r="6" fill="#28c840"/>
${lineToSvg(prompt, PAD, BAR + PAD / 2, fill)}${body}</svg>
`;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
