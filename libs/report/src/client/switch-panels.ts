/// <reference lib="dom" />

/**
 * Buttons that show one of several panels; without this script all panels stand one below the other.
 * Runs in the reader's browser from its own source text: it may use nothing from outside itself.
 */
export function switchPanels(): void {
  for (const group of document.querySelectorAll<HTMLElement>('[data-panels]')) {
    const buttons = [...group.querySelectorAll<HTMLButtonElement>('button[data-show]')];
    const panels = [...group.querySelectorAll<HTMLElement>('[data-panel]')];
    const show = (wanted: string | undefined): void => {
      for (const panel of panels) panel.hidden = panel.dataset.panel !== wanted;
      for (const button of buttons)
        button.setAttribute('aria-pressed', String(button.dataset.show === wanted));
    };
    for (const button of buttons) button.addEventListener('click', () => show(button.dataset.show));
    if (buttons.length > 0) show(buttons[0].dataset.show);
  }
}
