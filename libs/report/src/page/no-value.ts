import { html, type Html } from './html.js';

/** What stands in a table where there is no value. */
export const noValue: Html = html`<span class="none"
  ><span aria-hidden="true">–</span><span class="hidden">none</span></span
>`;
