import { escapeText } from "./markup.js";
import { STYLE } from "./style.js";

/**
 * A self-contained HTML page: no script, and nothing that is loaded from anywhere.
 *
 * @param title text
 * @param parts markup of the page, in order; empty ones are left out
 * @param style CSS beside the common one
 */
export function page(title: string, parts: readonly string[], style = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
<main>
${parts.filter((part) => part !== "").join("\n")}
</main>
</body>
</html>
`;
}

/** Figures in large type, each with what it is. */
export function keyFigures(figures: readonly (readonly [string, string])[]): string {
  return `<div class="key">${figures.map(([name, value]) => `<div><b>${escapeText(value)}</b>${escapeText(name)}</div>`).join("")}</div>`;
}

/** A headed part of a page; `about` and the title are text, the rest markup. */
export function section(title: string, about: string, ...content: readonly string[]): string {
  const lead = about === "" ? "" : `<p class="soft">${escapeText(about)}</p>\n`;
  return `<section>\n<h2>${escapeText(title)}</h2>\n${lead}${content.filter((part) => part !== "").join("\n")}\n</section>`;
}
