import { chartStyle } from './chart-style.js';
import { sweepStyle } from './sweep-style.js';

/** Colours, type and tables of the page; light and dark follow the reader's system. */
const base = `
:root {
  color-scheme: light dark;
  --page: #fbfaf8; --surface: #ffffff; --ink: #1a1c20; --soft: #565c66; --rule: #dfddd8; --faint: #f1efeb;
  --teacher: #4b5260; --alone: #ad4408; --d1: #1a5cba; --d2: #0a7562; --d3: #7438bd; --d4: #a92767; --d5: #666300; --d6: #00708f; --other: #6a6f78;
  --blue: 26 92 186; --orange: 214 104 20; --bad: #a3271c; --good: #0a6b45;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --surface: #191c20; --ink: #e8e9eb; --soft: #a6acb5; --rule: #32363d; --faint: #20242a;
    --teacher: #b9c0cb; --alone: #f39a58; --d1: #78abff; --d2: #46c9ab; --d3: #bb9af7; --d4: #f28bbb; --d5: #d2c44e; --d6: #5cc6ec; --other: #969ca6;
    --blue: 96 150 240; --orange: 224 126 50; --bad: #ff9a8f; --good: #6ad7a4;
  }
}
[data-tone=teacher] { --tone: var(--teacher); } [data-tone=alone] { --tone: var(--alone); } [data-tone=other] { --tone: var(--other); }
[data-tone=d1] { --tone: var(--d1); } [data-tone=d2] { --tone: var(--d2); } [data-tone=d3] { --tone: var(--d3); }
[data-tone=d4] { --tone: var(--d4); } [data-tone=d5] { --tone: var(--d5); } [data-tone=d6] { --tone: var(--d6); }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1.5rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 400 1rem/1.55 var(--sans); }
main { max-width: 66rem; margin: 0 auto; padding: 3.5rem 2rem 5rem; }
p, ul, dl, figure, h1, h2, h3 { margin: 0; }
p { max-width: 44rem; }
a { color: inherit; text-underline-offset: .2em; text-decoration-thickness: 1px; text-decoration-color: var(--soft); }
:focus-visible { outline: 2px solid var(--d1); outline-offset: 3px; border-radius: 3px; }
small { font-size: .8125em; color: var(--soft); font-weight: 400; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--surface); padding: .5rem .75rem; z-index: 5; }
.skip:focus { top: 1rem; }
.kicker { display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; font-size: .8125rem; color: var(--soft); max-width: none; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.6rem, 1.2rem + 2vw, 2.3rem); line-height: 1.15; letter-spacing: -.02em; font-weight: 650; margin-top: .6rem; overflow-wrap: anywhere; text-wrap: balance; }
h2 { font-size: 1.25rem; line-height: 1.3; letter-spacing: -.01em; font-weight: 650; margin-bottom: .85rem; }
h3 { font-size: 1rem; font-weight: 650; margin: 1.5rem 0 .4rem; }
h3 small { margin-left: .4rem; }
.verdict { font-size: clamp(1.15rem, 1rem + .8vw, 1.45rem); line-height: 1.35; margin-top: 1.5rem; padding-left: .9rem; border-left: 4px solid var(--soft); max-width: 40rem; text-wrap: balance; }
.verdict[data-outcome=better] { border-color: var(--good); } .verdict[data-outcome=worse] { border-color: var(--bad); }
.detail { margin: .5rem 0 0 1.15rem; }
.what { margin: .5rem 0 0 1.15rem; color: var(--soft); overflow-wrap: anywhere; }
.trouble { margin-top: 1.25rem; padding: .8rem 1rem; border: 1px solid var(--bad); border-radius: 6px; background: var(--surface); overflow-wrap: anywhere; }
.trouble ul { padding-left: 1.1rem; margin-top: .3rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.4rem; margin-top: 2.25rem; padding: .7rem 0; border-block: 1px solid var(--rule); font-size: .9rem; }
nav a { text-decoration: none; color: var(--soft); padding: .15rem 0; } nav a:hover { color: var(--ink); text-decoration: underline; }
section { margin-top: 3.5rem; }
.terms { font-size: .875rem; color: var(--soft); margin-top: .9rem; max-width: 52rem; }
.columns { display: grid; grid-template-columns: 3fr 2fr; gap: 0 3rem; } .columns h3 { margin-top: 0; }
.columns > * { min-width: 0; }
.columns p + p, .columns p + table, .columns table + p { margin-top: .8rem; }
.columns ul { padding-left: 1.1rem; } .columns li { margin-bottom: .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
table.stack { width: 100%; }
th, td { text-align: right; padding: .6rem .75rem; border-bottom: 1px solid var(--rule); vertical-align: top; font-weight: 400; }
thead th { font-size: .8125rem; line-height: 1.3; color: var(--soft); vertical-align: bottom; font-weight: 500; }
thead small { font-size: .75rem; display: block; }
th:first-child { text-align: left; padding-left: 0; } td:last-child, th:last-child { padding-right: 0; }
td small { white-space: nowrap; display: block; }
tbody th { overflow-wrap: anywhere; font-weight: 500; }
.who { display: flex; gap: .6rem; }
tbody th .who small, tbody th small { display: block; }
.results .best td, .results .best th { background: var(--faint); }
.results .best td { font-weight: 600; }
.results .best th { box-shadow: -.75rem 0 0 var(--faint); } .results .best td:last-child { box-shadow: .75rem 0 0 var(--faint); }
.mark { flex: none; width: .7rem; height: .7rem; margin-top: .42rem; border-radius: 50%; background: var(--tone); }
.none { color: var(--soft); }
.state[data-state=failed] { color: var(--bad); font-weight: 600; }
.scroll { overflow-x: auto; margin-top: 1rem; }
button { font: inherit; color: inherit; cursor: pointer; }
.choice { display: flex; width: fit-content; flex-wrap: wrap; border: 1px solid var(--rule); border-radius: 6px; background: var(--surface); padding: 2px; gap: 2px; max-width: 100%; }
.choice button { border: 0; background: none; padding: .2rem .7rem; border-radius: 4px; font-size: .875rem; color: var(--soft); min-height: 1.75rem; overflow-wrap: anywhere; }
.choice button[aria-pressed=true] { background: var(--faint); color: var(--ink); font-weight: 600; }
details { margin-top: 1.25rem; } summary { cursor: pointer; font-size: .9375rem; padding: .25rem 0; } details[open] summary { margin-bottom: .75rem; }
.facts { margin-top: 1.75rem; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 3rem; font-size: .875rem; }
.facts div { display: grid; grid-template-columns: 8.5rem 1fr; gap: .75rem; padding: .45rem 0; border-bottom: 1px solid var(--rule); }
.facts dt { color: var(--soft); overflow-wrap: anywhere; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.copyable { position: relative; margin-top: 1rem; }
.copyable button { position: absolute; right: .5rem; top: .5rem; border: 1px solid var(--rule); border-radius: 5px; background: var(--surface); font-size: .8125rem; padding: .2rem .65rem; }
pre { margin: 0; padding: .85rem 5.5rem .85rem 1rem; background: var(--surface); border: 1px solid var(--rule); border-radius: 6px; overflow-x: auto; font: .8125rem/1.6 var(--mono); tab-size: 2; }
@media (max-width: 52rem) { .columns { grid-template-columns: 1fr; gap: 1.75rem; } }
@media (max-width: 44rem) {
  main { padding: 2rem 1.1rem 3rem; }
  section { margin-top: 2.75rem; }
  table.stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table.stack, table.stack tbody { display: block; }
  table.stack tr { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem 1rem; padding: .9rem 0; border-bottom: 1px solid var(--rule); }
  table.stack th { grid-column: 1 / -1; padding: 0; border: 0; }
  table.stack td { padding: 0; border: 0; text-align: left; }
  table.stack td:has(.none) { display: none; }
  table.stack td::before { content: attr(data-label); display: block; font-size: .75rem; line-height: 1.3; color: var(--soft); font-weight: 400; }
  .results .best { background: var(--faint); box-shadow: -.6rem 0 0 var(--faint), .6rem 0 0 var(--faint); }
  .results .best th, .results .best td:last-child { box-shadow: none; background: none; }
  .facts div { grid-template-columns: 7rem 1fr; }
}
@media print { nav, .skip, .choice, .copyable button { display: none; } details > *, [data-panel][hidden] { display: block !important; } section { break-inside: avoid-page; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;

export const style: string = base + chartStyle + sweepStyle;
