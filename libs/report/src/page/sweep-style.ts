/** The table of results over many recipes. */
export const sweepStyle = `
#gains .dots { max-width: none; } #gains .dots li, #gains .dots .axis { grid-template-columns: 14rem 1fr 8.25rem; }
#gains .dots .axis { margin-left: 15rem; }
.sweep { font-size: .875rem; } .sweep tbody th { min-width: 13rem; max-width: 18rem; } .sweep td { white-space: nowrap; }
.sweep tr > :nth-child(2), .sweep tr > :nth-child(3) { text-align: left; white-space: normal; max-width: 9rem; } .sweep td:nth-child(3) { min-width: 6rem; }
.sweep td:nth-child(5), .sweep thead th:nth-child(5) small { white-space: normal; } .sweep td:nth-child(5) { min-width: 7.5rem; max-width: 10rem; }
.sweep td:last-child { white-space: normal; min-width: 11rem; text-align: left; } .sweep thead th:last-child { text-align: left; }
.sweep [data-outcome=behind] td:last-child, .sweep [data-outcome=worse] td:last-child { color: var(--alone); }
.sweep .remarks td { white-space: normal; text-align: left; color: var(--soft); padding-top: 0; }
.sweep tr:has(+ .remarks) > * { border-bottom: 0; } .sweep .failed { color: var(--bad); overflow-wrap: anywhere; }
main:has(.sweep) { max-width: 84rem; } .scroll:has(.sweep) { position: relative; }
@media (max-width: 44rem) { #gains .dots li { grid-template-columns: 1fr auto; } #gains .dots .axis { margin-left: 0; } }
`;
