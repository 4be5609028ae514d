/** Text for between tags and within quoted attributes: a bundle's name is whatever its author has written. */
export function escapeText(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** A table whose first column is text and whose others are numbers; cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string): string =>
    row
      .map((cell, i) => {
        const name = i === 0 && tag === "td" ? "th" : tag;
        const scope = tag === "th" ? ' scope="col"' : name === "th" ? ' scope="row"' : "";
        return `<${name}${scope}>${escapeText(cell)}</${name}>`;
      })
      .join("");
  const body = rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n");
  return `<div class="scroll"><table>\n<thead><tr>${cells(head, "th")}</tr></thead>\n<tbody>\n${body}\n</tbody></table></div>`;
}

/** Pairs of a name and what there is to say. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const items = pairs.map(([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`);
  return `<dl class="facts">\n${items.join("\n")}\n</dl>`;
}

export interface Picture {
  width: number;
  height: number;
  /** For readers who do not see it. */
  title: string;
  body: string;
}

export function svg({ width, height, title, body }: Picture): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">\n${body}\n</svg>`;
}

/** A coordinate with a tenth of a pixel. */
export function px(value: number): string {
  return (Math.round(value * 10) / 10).toString();
}
