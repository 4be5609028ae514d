/** Colours of the stages, the contenders and the parts of a cold start. */
export const COLOURS = `
.lower, .biox, .nodeStart { fill: var(--a); background: var(--a); color: var(--a); } .bridge, .merged, .imports { fill: var(--b); background: var(--b); color: var(--b); }
.upper, .bundleLoad { fill: var(--c); background: var(--c); color: var(--c); } .prepare, .threeSessions, .lowerSession { fill: var(--d); background: var(--d); color: var(--d); }
.probe, .bridgePack { fill: var(--f); background: var(--f); color: var(--f); } .total, .upperSession { fill: var(--e); background: var(--e); color: var(--e); }
.receive, .lastByteToResult, .firstRun { fill: var(--g); background: var(--g); color: var(--g); }
`;
