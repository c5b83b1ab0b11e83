/// <reference lib="dom" />
import type { ChartData } from '../charts/line-chart.js';

/**
 * Reads charts out at the step under the pointer, or, with the arrow keys, step by step.
 * Runs in the reader's browser from its own source text: it may use nothing from outside itself but types.
 */
export function readCharts(): void {
  const island = document.getElementById('chart-data');
  if (island === null) return;
  const charts = JSON.parse(island.textContent ?? '{}') as Record<string, ChartData>;
  for (const figure of document.querySelectorAll<HTMLElement>('.chart')) {
    const data = charts[figure.id];
    const plot = figure.querySelector<HTMLElement>('.plot');
    const area = figure.querySelector<SVGSVGElement>('svg');
    if (data !== undefined && plot !== null && area !== null) attach(figure, plot, area, data);
  }

  function attach(figure: HTMLElement, plot: HTMLElement, area: SVGSVGElement, data: ChartData): void {
    const cursor = area.querySelector('.cursor');
    const tip = document.createElement('div');
    tip.className = 'tip';
    tip.hidden = true;
    plot.append(tip);
    let current = data.lastStep;
    plot.tabIndex = 0;
    plot.setAttribute('role', 'slider');
    plot.setAttribute(
      'aria-label',
      `${figure.querySelector('figcaption')?.firstChild?.textContent ?? 'Chart'}: value at step`,
    );
    plot.setAttribute('aria-valuemin', '0');
    plot.setAttribute('aria-valuemax', String(data.lastStep));

    const shownTasks = (): Set<string> => {
      const lines = [...figure.querySelectorAll<SVGGElement>('g[data-task]')];
      return new Set(lines.flatMap((line) => (line.hasAttribute('hidden') ? [] : [line.dataset.task ?? ''])));
    };
    const at = (step: number): void => {
      current = Math.min(data.lastStep, Math.max(0, Math.round(step)));
      const visible = shownTasks();
      const values = data.curves.flatMap((curve) => {
        const i = nearest(curve.step, current);
        return i >= 0 && visible.has(curve.task) ? [{ task: curve.task, text: curve.text[i] }] : [];
      });
      plot.setAttribute('aria-valuenow', String(current));
      const spoken = values.map(({ task, text }) => `${task} ${text}`).join(', ');
      plot.setAttribute('aria-valuetext', `step ${current}: ${spoken || 'nothing shown'}`);
      const x = current / Math.max(1, data.lastStep);
      cursor?.setAttribute('d', `M${(1000 * x).toFixed(1)} 0V1000`);
      draw(x, values);
    };
    const draw = (x: number, values: { task: string; text: string }[]): void => {
      const title = document.createElement('p');
      title.textContent = `step ${current.toLocaleString('en-US')}`;
      const lines = values.map(({ task, text }) => {
        const line = document.createElement('p');
        const tone = figure.querySelector<SVGGElement>(`g[data-task="${CSS.escape(task)}"]`)?.dataset.tone;
        if (tone !== undefined) line.dataset.tone = tone;
        for (const part of [task, text])
          line.append(Object.assign(document.createElement('span'), { textContent: part }));
        return line;
      });
      tip.replaceChildren(title, ...lines);
      tip.style.left = `${(100 * x).toFixed(2)}%`;
      tip.dataset.side = x > 0.5 ? 'left' : 'right';
    };
    const show = (isShown: boolean): void => {
      tip.hidden = !isShown;
      cursor?.toggleAttribute('hidden', !isShown);
    };
    plot.addEventListener('pointermove', (event) => {
      const box = area.getBoundingClientRect();
      at((data.lastStep * (event.clientX - box.left)) / box.width);
      show(true);
    });
    plot.addEventListener('pointerleave', () => show(false));
    plot.addEventListener('focus', () => {
      at(current);
      show(plot.matches(':focus-visible'));
    });
    plot.addEventListener('blur', () => show(false));
    plot.addEventListener('keydown', (event) => {
      const stride = Math.max(1, Math.round(data.lastStep / 100));
      const moves: Record<string, number | undefined> = {
        ArrowLeft: current - stride,
        ArrowDown: current - stride,
        ArrowRight: current + stride,
        ArrowUp: current + stride,
        PageDown: current - 10 * stride,
        PageUp: current + 10 * stride,
        Home: 0,
        End: data.lastStep,
      };
      const to = moves[event.key];
      if (to === undefined) return;
      event.preventDefault();
      at(to);
      show(true);
    });
    at(current);
  }

  /** Index of the point nearest to a step; -1 past the curve's ends. */
  function nearest(steps: readonly number[], step: number): number {
    if (steps.length === 0) return -1;
    const gap = steps.length > 1 ? (steps[steps.length - 1] - steps[0]) / (steps.length - 1) : 1;
    if (step > steps[steps.length - 1] + gap || step < steps[0] - gap) return -1;
    let best = 0;
    for (let i = 1; i < steps.length; i += 1)
      if (Math.abs(steps[i] - step) < Math.abs(steps[best] - step)) best = i;
    return best;
  }
}
