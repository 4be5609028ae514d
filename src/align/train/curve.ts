import type { TrainingState } from "./state.js";

const WIDTH = 760;
const HEIGHT = 340;
const LEFT = 56;
const RIGHT = 16;
const TOP = 34;
const BOTTOM = 42;

type Point = readonly [number, number];

/** Losses over the epochs as one SVG picture: each step in the background, means of epochs and validation before it. */
export function lossCurve(state: TrainingState, stepsPerEpoch: number, title: string): string {
  const steps = state.stepLosses.map((loss, i): Point => [(i + 1) / stepsPerEpoch, loss]);
  const trained = state.epochs.flatMap(({ epoch, trainLoss }): Point[] =>
    trainLoss === null ? [] : [[epoch, trainLoss]],
  );
  const judged = state.epochs.flatMap(({ epoch, valLoss }): Point[] => (valLoss === null ? [] : [[epoch, valLoss]]));
  const all = [...steps, ...judged].map(([, loss]) => loss);
  const top = Math.max(...all);
  const low = Math.min(...all);
  const room = (top - low || 1) * 0.05;
  const last = Math.max(1, ...[...steps, ...judged].map(([epoch]) => epoch));
  const x = (epoch: number): number => LEFT + (epoch / last) * (WIDTH - LEFT - RIGHT);
  const y = (loss: number): number =>
    TOP + ((top + room - loss) / (top - low + 2 * room || 1)) * (HEIGHT - TOP - BOTTOM);
  const line = (points: readonly Point[], kind: string): string =>
    `<polyline class="${kind}" points="${points.map(([epoch, loss]) => `${x(epoch).toFixed(1)},${y(loss).toFixed(1)}`).join(" ")}"/>`;
  const best = state.best;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(title)}">
<style>text{font:12px system-ui,sans-serif;fill:#5b6675}polyline{fill:none;stroke-width:2}.steps{stroke:#0072b2;stroke-opacity:.22;stroke-width:1}.train{stroke:#0072b2}.val{stroke:#d55e00}.grid{stroke:#8a8f98;stroke-opacity:.35}rect{fill:#fff}</style>
<rect width="${WIDTH}" height="${HEIGHT}"/>
<text x="${LEFT}" y="20">${escapeText(title)}</text>
${levels(low, top)
  .map(
    (loss) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(loss).toFixed(1)}" y2="${y(loss).toFixed(1)}"/><text x="${LEFT - 8}" y="${(y(loss) + 4).toFixed(1)}" text-anchor="end">${loss.toPrecision(3)}</text>`,
  )
  .join("\n")}
${line(steps, "steps")}
${line(trained, "train")}
${line(judged, "val")}
${best ? `<circle cx="${x(best.epoch).toFixed(1)}" cy="${y(best.loss).toFixed(1)}" r="4" fill="#d55e00"/>` : ""}
<text x="${LEFT}" y="${HEIGHT - 12}">0</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 12}" text-anchor="end">epoch ${Number(last.toFixed(1))}</text>
<text x="${WIDTH - RIGHT}" y="20" text-anchor="end"><tspan style="fill:#0072b2">training</tspan>  <tspan style="fill:#d55e00">validation${best ? `, best ${best.loss.toPrecision(4)} after epoch ${best.epoch}` : ""}</tspan></text>
</svg>
`;
}

/** Five levels from the least to the largest loss. */
function levels(low: number, top: number): number[] {
  return top > low ? [0, 1, 2, 3, 4].map((i) => low + ((top - low) * i) / 4) : [low];
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
