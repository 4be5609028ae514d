import { LABEL_COLOURS, type Palette } from "./palette.js";

/** Width of a stripe and of what is between two, pixels of the screen. */
const STRIPE = 3;

const striped = new WeakMap<Palette, Map<number, CanvasPattern | string>>();

/** Gives an element the colour of a label; the style sheet stripes those beyond the colours that there are. */
export function toneOf(index: number): { readonly tone: string; readonly striped: boolean } {
  return { tone: `label-${index % LABEL_COLOURS}`, striped: index >= LABEL_COLOURS };
}

/** What to fill the area of a label with. */
export function labelFill(colours: Palette, index: number): CanvasPattern | string {
  const colour = colours.labels[index % LABEL_COLOURS]!;
  if (index < LABEL_COLOURS) return colour;
  const made = striped.get(colours) ?? new Map<number, CanvasPattern | string>();
  striped.set(colours, made);
  const fill = made.get(index % LABEL_COLOURS) ?? stripes(colour, colours.card);
  made.set(index % LABEL_COLOURS, fill);
  return fill;
}

/** Black or white, whichever can be read better on a colour (WCAG 2.2, relative luminance). */
export function inkOn(colour: string): string {
  const linear = [1, 3, 5].map((at) => {
    const v = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
  return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

function stripes(colour: string, between: string): CanvasPattern | string {
  const size = 4 * STRIPE;
  const tile = document.createElement("canvas");
  tile.width = size;
  tile.height = size;
  const context = tile.getContext("2d")!;
  context.fillStyle = colour;
  context.fillRect(0, 0, size, size);
  context.strokeStyle = between;
  context.lineWidth = STRIPE;
  context.beginPath();
  for (const shift of [-size, 0, size]) {
    context.moveTo(shift - STRIPE, size + STRIPE);
    context.lineTo(shift + size + STRIPE, -STRIPE);
  }
  context.stroke();
  return context.createPattern(tile, "repeat") ?? colour;
}
