/// <reference lib="dom" />

/**
 * Buttons that copy the text of the element they name.
 * Runs in the reader's browser from its own source text: it may use nothing from outside itself.
 */
export function copyTexts(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    const label = button.firstChild;
    const source = document.getElementById(button.dataset.copy ?? '');
    if (label === null || source === null) continue;
    const say = (text: string): void => {
      label.textContent = text;
      setTimeout(() => (label.textContent = 'Copy'), 2000);
    };
    button.addEventListener('click', () => {
      navigator.clipboard.writeText(source.textContent ?? '').then(
        () => say('Copied'),
        () => {
          // Browsers that refuse to write leave the text selected, one key away from the clipboard.
          getSelection()?.selectAllChildren(source);
          say('Selected');
        },
      );
    });
  }
}
