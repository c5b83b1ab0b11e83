/// <reference lib="dom" />

/**
 * The legend hides and shows networks in all charts at once.
 * Runs in the reader's browser from its own source text: it may use nothing from outside itself.
 */
export function toggleCurves(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-toggle]')) {
    button.addEventListener('click', () => {
      const isShown = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(isShown));
      for (const line of document.querySelectorAll<SVGGElement>('.chart g[data-task]')) {
        if (line.dataset.task === button.dataset.toggle) line.toggleAttribute('hidden', !isShown);
      }
    });
  }
}
