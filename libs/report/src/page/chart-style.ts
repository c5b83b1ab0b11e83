/** Charts, the dots and the time line, the matrix and the pictures. */
export const chartStyle = `
figcaption .unit { color: var(--soft); font-size: .8125rem; font-weight: 400; margin-left: .5rem; }
figcaption { font-size: .9375rem; font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: .4rem; margin-bottom: 1.25rem; }
.legend button { display: inline-flex; align-items: center; gap: .5rem; border: 1px solid var(--rule); border-radius: 999px; background: var(--surface); padding: .2rem .8rem .2rem .65rem; font-size: .875rem; min-height: 1.75rem; overflow-wrap: anywhere; }
.legend button[aria-pressed=false] { color: var(--soft); text-decoration: line-through; background: none; }
.legend button[aria-pressed=false] path { opacity: .35; }
.legend svg { width: 1.75rem; height: .625rem; flex: none; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 2rem 2.5rem; align-items: end; }
.charts > div { min-width: 0; } .charts [data-panel] + [data-panel] { margin-top: 2rem; }
.charts .choice { margin-bottom: .9rem; }
.plot { position: relative; margin: .7rem 0 0 2.75rem; height: clamp(13rem, 30vw, 18rem); touch-action: pan-y; cursor: crosshair; }
.plot svg { width: 100%; height: 100%; display: block; overflow: hidden; }
.plot .grid { stroke: var(--rule); stroke-width: 1; vector-effect: non-scaling-stroke; fill: none; }
.raw, .mean { fill: none; stroke: var(--tone); vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.raw { stroke-width: 1; opacity: .38; } .mean { stroke-width: 2; }
[data-tone=alone] > .mean, [data-tone=alone] svg .mean { stroke-dasharray: 7 3; }
[data-tone=teacher] > .mean, [data-tone=teacher] svg .mean { stroke-dasharray: 2 3; }
[data-tone=d2] > .mean, [data-tone=d2] svg .mean { stroke-dasharray: 12 3 2 3; }
[data-tone=d4] > .mean, [data-tone=d4] svg .mean { stroke-dasharray: 12 3 2 3 2 3; }
[data-tone=d6] > .mean, [data-tone=d6] svg .mean { stroke-dasharray: 4 2; }
.cursor { stroke: var(--soft); stroke-width: 1; vector-effect: non-scaling-stroke; fill: none; }
.ytick, .xtick { position: absolute; font-size: .75rem; line-height: 1; color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; }
.ytick { right: calc(100% + .5rem); transform: translateY(-50%); } .xtick { top: calc(100% + .4rem); transform: translateX(-50%); }
.xlabel { font-size: .75rem; color: var(--soft); text-align: center; margin: 1.4rem 0 0 2.75rem; }
.tip { position: absolute; top: .4rem; z-index: 2; pointer-events: none; min-width: 8rem; background: var(--surface); border: 1px solid var(--rule); border-radius: 6px; padding: .45rem .65rem; font-size: .8125rem; line-height: 1.45; box-shadow: 0 4px 16px rgb(0 0 0 / .14); }
.tip[data-side=right] { margin-left: .75rem; } .tip[data-side=left] { transform: translateX(calc(-100% - .75rem)); }
.tip p { display: flex; justify-content: space-between; gap: 1rem; font-variant-numeric: tabular-nums; } .tip p:first-child { color: var(--soft); }
.tip p[data-tone] span:first-child { color: var(--tone); font-weight: 600; }
.epochs { display: flex; flex-wrap: wrap; gap: 1.5rem 3rem; font-size: .875rem; } .epochs caption { text-align: left; font-weight: 600; overflow-wrap: anywhere; }
.epochs th, .epochs td { padding-block: .3rem; }
.dots, .gantt { margin-top: 1.75rem; max-width: 52rem; }
.dots ul, .gantt ul { list-style: none; padding: 0; margin-top: .5rem; }
.dots li, .gantt li { display: grid; gap: 1rem; align-items: center; font-size: .875rem; min-height: 2rem; }
.dots li, .dots .axis { grid-template-columns: 8rem 1fr 8.25rem; } .gantt li { grid-template-columns: 8rem 1fr; }
.name { overflow-wrap: anywhere; line-height: 1.25; } .value { font-variant-numeric: tabular-nums; white-space: nowrap; }
.track { position: relative; height: 2rem; background: linear-gradient(var(--rule), var(--rule)) center / 100% 1px no-repeat; }
.dot { position: absolute; top: 50%; width: .8rem; height: .8rem; margin: -.4rem 0 0 -.4rem; border-radius: 50%; background: var(--tone); box-shadow: 0 0 0 2px var(--page); }
.dot.below, .dot.above { border-radius: 0; box-shadow: none; } .dot.below { clip-path: polygon(100% 0, 100% 100%, 0 50%); } .dot.above { clip-path: polygon(0 0, 0 100%, 100% 50%); }
.part { position: absolute; top: 50%; width: .4rem; height: .4rem; margin: -.2rem 0 0 -.2rem; border-radius: 50%; border: 1px solid var(--tone); background: var(--page); }
.origin { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1px dashed var(--soft); }
.bar { position: absolute; top: 50%; height: 3px; margin-top: -1.5px; background: var(--tone); opacity: .55; border-radius: 2px; }
.span { position: absolute; top: .45rem; bottom: .45rem; border-radius: 3px; background: var(--tone); min-width: 3px; }
[data-state=failed] .span { background: repeating-linear-gradient(135deg, var(--bad) 0 5px, transparent 5px 8px), var(--page); box-shadow: inset 0 0 0 1px var(--bad); }
.axis { position: relative; height: 1.4rem; font-size: .75rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.dots .axis { margin-left: 9rem; margin-right: 9.25rem; } .gantt .axis { margin-left: 9rem; }
.axis span { position: absolute; transform: translateX(-50%); }
.gantt + table, .dots + .terms { margin-top: 1.5rem; }
.matrix { font-size: .8125rem; }
.matrix th, .matrix td { border: 0; padding: 0; }
.matrix td { width: 3rem; min-width: 2.5rem; height: 2.25rem; text-align: center; vertical-align: middle; border: 1px solid var(--page); }
.matrix tbody th { text-align: right; padding: 0 .7rem 0 0; min-width: 5.5rem; max-width: 10rem; vertical-align: middle; line-height: 1.2; overflow-wrap: break-word; position: sticky; left: 0; z-index: 1; background: var(--page); }
.matrix thead th { vertical-align: bottom; text-align: left; padding-bottom: .4rem; }
.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; display: inline-block; margin: 0 auto; }
.matrix thead th:not(.corner) { text-align: center; } .matrix .corner { white-space: nowrap; position: sticky; left: 0; z-index: 1; background: var(--page); font-size: .75rem; padding-right: .7rem; text-align: right; } .matrix .corner small { display: inline; }
.matrix [data-kind=right], .matrix [data-kind=better] { background: rgb(var(--blue) / calc(.06 + .38 * var(--heat))); }
.matrix [data-kind=wrong], .matrix [data-kind=worse] { background: rgb(var(--orange) / calc(.03 + .42 * var(--heat))); }
.matrix [data-kind=same] { background: rgb(128 128 128 / .05); color: var(--soft); }
p + .choice { margin-top: 1rem; }
.pictures { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(9.25rem, 1fr)); gap: 1.4rem 1.25rem; margin-top: .9rem; }
.picture img { width: 5.5rem; height: auto; max-height: 7rem; object-fit: contain; image-rendering: pixelated; border-radius: 3px; background: var(--faint); display: block; }
.picture figcaption { font-weight: 400; font-size: .8125rem; line-height: 1.4; margin-top: .45rem; overflow-wrap: anywhere; }
.maps { display: flex; flex-wrap: wrap; gap: .3rem; } .maps figure { width: 5.5rem; }
.maps figcaption { font-size: .75rem; font-weight: 400; color: var(--soft); line-height: 1.35; margin-top: .25rem; overflow-wrap: anywhere; }
.maps img { width: 5.5rem; height: auto; image-rendering: pixelated; border-radius: 3px; background: var(--faint); display: block; }
.attended { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 1.1rem 2rem; margin-top: .6rem; }
.attended strong { font-weight: 600; font-size: .8125rem; }
.picture strong { font-weight: 600; } .picture ul { list-style: none; padding: 0; }
.picture li { display: flex; flex-wrap: wrap; gap: 0 .4rem; } .picture .name { color: var(--soft); }
.picture [data-right=yes] .sign { color: var(--good); } .picture [data-right=no] .sign { color: var(--bad); }
@media (max-width: 52rem) { .charts { grid-template-columns: 1fr; } }
@media (max-width: 44rem) {
  .dots li, .gantt li { grid-template-columns: 1fr auto; gap: 0 .75rem; padding-top: .4rem; } .dots .track, .gantt .track { grid-column: 1 / -1; grid-row: 2; height: 1.5rem; }
  .span { top: .25rem; bottom: .25rem; } .dots .axis, .gantt .axis { margin-inline: 0; }
  .pictures { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); }
}
`;
