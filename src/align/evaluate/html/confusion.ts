import { escapeText, px, svg } from "../../../html/markup.js";
import { shownNames } from "./class-names.js";

const CELL = 64;
const LEFT = 90;
const TOP = 34;

/** A confusion matrix: shade is the share of the true class, the numbers are rows. */
export function confusionPicture(
  name: string,
  labels: readonly string[],
  confusion: readonly (readonly number[])[],
): string {
  const size = labels.length;
  const cells = confusion.flatMap((row, t) => {
    const total = Math.max(
      1,
      row.reduce((a, b) => a + b, 0),
    );
    return row.map((count, p) => {
      const [x, y] = [LEFT + p * CELL, TOP + t * CELL];
      const share = count / total;
      const title = `${count} of ${total} rows that are ${labels[t]} were called ${labels[p]}`;
      return `<g><title>${escapeText(title)}</title><rect class="cell" x="${x}" y="${y}" width="${CELL - 2}" height="${CELL - 2}" rx="4"/><rect class="share" opacity="${px(share * 10) === "0" ? 0 : share.toFixed(2)}" x="${x}" y="${y}" width="${CELL - 2}" height="${CELL - 2}" rx="4"/><text class="${share > 0.55 ? "count over" : "count"}" x="${x + CELL / 2 - 1}" y="${y + CELL / 2 + 4}">${count}</text></g>`;
    });
  });
  const names = shownNames(labels).flatMap((shown, i) => {
    const title = `<title>${escapeText(labels[i]!)}</title>`;
    return [
      `<text class="label" x="${LEFT - 8}" y="${TOP + i * CELL + CELL / 2 + 4}">${title}${escapeText(shown)}</text>`,
      `<text class="tick" x="${LEFT + i * CELL + CELL / 2 - 1}" y="${TOP - 10}">${title}${escapeText(shown)}</text>`,
    ];
  });
  const picture = svg({
    width: LEFT + size * CELL,
    height: TOP + size * CELL,
    title: `Confusion matrix of ${name}: true class down, predicted class across`,
    body: [...names, ...cells].join("\n"),
  });
  return `<figure><figcaption>${escapeText(name)}</figcaption>\n${picture}\n</figure>`;
}
