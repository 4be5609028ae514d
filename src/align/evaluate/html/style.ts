/** Colours of the models and of confusion matrices. */
export const COLOURS = `
.bridge { fill: var(--b); color: var(--b); } .oracle { fill: var(--a); color: var(--a); } .probe { fill: var(--c); color: var(--c); } .random, .majority { fill: var(--e); color: var(--e); }
.interval { stroke: currentColor; stroke-width: 3; stroke-linecap: round; } .chance { stroke: var(--soft); stroke-dasharray: 4 4; }
.matrices { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 18px 24px; margin-top: 12px; }
.classes { columns: 20em; margin: 8px 0 0; padding-left: 2em; }
figure { margin: 0; max-width: 360px; } figcaption { font-weight: 500; }
.cell { fill: var(--edge); opacity: 0.45; } .share { fill: var(--a); } .count { text-anchor: middle; font-variant-numeric: tabular-nums; } .over { fill: var(--card) !important; }
`;
