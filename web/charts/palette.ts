/** Colours of the style sheet for what is drawn on a canvas, read once for each theme. */
export interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly edge: string;
  readonly card: string;
  readonly window: string;
  readonly lost: string;
  readonly marker: string;
  readonly line: string;
  readonly pulse: string;
  readonly heat: string;
  /** By index of the label. */
  readonly labels: readonly string[];
}

/** Labels beyond so many have the same colours again, striped: more colours than these cannot be told apart by everybody. */
export const LABEL_COLOURS = 7;
let current: Palette | undefined;
const changed = new Set<() => void>();

export function palette(): Palette {
  current ??= read();
  return current;
}

/** Calls back when the theme changes; the returned function ends that. */
export function onTheme(redraw: () => void): () => void {
  changed.add(redraw);
  return () => changed.delete(redraw);
}

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  current = undefined;
  for (const redraw of changed) redraw();
});

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"),
    soft: colour("soft"),
    edge: colour("edge"),
    card: colour("card"),
    window: colour("window"),
    lost: colour("lost"),
    marker: colour("marker"),
    line: colour("line"),
    pulse: colour("pulse"),
    heat: colour("heat"),
    labels: Array.from({ length: LABEL_COLOURS }, (_, i) => colour(`label-${i}`)),
  };
}
