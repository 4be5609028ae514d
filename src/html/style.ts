/** Colours that people with colour blindness tell apart (Okabe and Ito), on paper and on a dark screen. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fbfbfa; --card: #fff; --ink: #1c2430; --soft: #5b6675; --edge: #dde2e8;
  --a: #0072b2; --b: #d55e00; --c: #009e73; --d: #cc79a7; --e: #8a8f98; --f: #b8860b; --g: #56b4e9; --warn: #fff3d6; --warn-ink: #6b4700; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161c; --card: #1a2029; --ink: #e6eaf0; --soft: #9aa6b5; --edge: #303946;
    --a: #4ea8de; --b: #f08a4b; --c: #35c79a; --d: #e39bc4; --e: #8f98a5; --f: #e0b341; --g: #8fd0f5; --warn: #3d2f0c; --warn-ink: #ffdf9a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 980px; margin: 0 auto; padding: 32px 20px 60px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; } h2 { font-size: 18px; margin: 0 0 4px; }
p { margin: 4px 0 12px; } .soft, .legend span { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 18px 20px; margin-top: 18px; }
.warn { background: var(--warn); color: var(--warn-ink); border-radius: 8px; padding: 10px 14px; margin-top: 14px; }
.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 18px 0 0; }
.key div { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 12px 16px; }
.key b { display: block; font-size: 22px; line-height: 1.3; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: auto; margin-top: 8px; overflow: visible; }
svg text { font-size: 12.5px; fill: var(--ink); } .label { text-anchor: end; } .tick { text-anchor: middle; fill: var(--soft) !important; font-size: 11.5px !important; }
.value { fill: var(--soft) !important; font-variant-numeric: tabular-nums; } .grid { stroke: var(--edge); }
.line { fill-opacity: 0.16; stroke: currentColor; stroke-width: 1.6; background: none; }
.legend { list-style: none; margin: 12px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 20px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 7px; vertical-align: -1px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin-top: 10px; }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--edge); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; } thead th { color: var(--soft); font-weight: 500; } tbody th { font-weight: 500; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 10px 24px; margin: 10px 0 0; }
.facts dt { color: var(--soft); font-size: 13px; } .facts dd { margin: 0; overflow-wrap: anywhere; }
@media print { section { break-inside: avoid; } }
`;
