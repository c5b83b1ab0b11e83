import { State, type Task } from '@lyceum/contracts/orchestrator';
import { ticks } from '../charts/ticks.js';
import { type Html, html, when } from '../page/html.js';
import { noValue } from '../page/no-value.js';
import { toneOf } from '../page/tones.js';
import { bytes, count, duration, percent, plural } from '../summary/format.js';
import type { ReportModel } from '../summary/report-model.js';
import { stateText, wallMsOf } from '../summary/result-rows.js';
import { waitShareOf } from '../summary/wait-share.js';

/** How the run went: when each task ran, how often it was started, what it waited for, and on what. */
export function course(model: ReportModel): Html {
  return html`<section id="course" aria-labelledby="course-title">
    <h2 id="course-title">How the run went</h2>
    ${timeline(model)} ${table(model)} ${facts(model)}
  </section>`;
}

function table(model: ReportModel): Html | undefined {
  if (model.run.tasks.length === 0) return html`<p>The run has no tasks.</p>`;
  const rows = model.run.tasks.map((task) => {
    const wait = waitShareOf(model.events.filter((event) => event.task === task.name));
    const keys = task.results.receivedBytes ?? task.metrics?.receivedBytes;
    const steps =
      task.stepCount === 0
        ? undefined
        : task.step < task.stepCount
          ? `${count(task.step)} of ${count(task.stepCount)}`
          : count(task.stepCount);
    const cells: [string, string | undefined][] = [
      ['Attempts', count(task.attempt)],
      ['Duration', text(wallMsOf(task), duration)],
      ['Steps', steps],
      ['Waiting for keys', wait || keys ? text(wait, (share) => percent(share, 1)) : undefined],
      ['Keys streamed', keys ? bytes(keys) : undefined],
      ['Test accuracy', text(task.results.accuracy, percent)],
    ];
    return html`<tr data-tone="${toneOf(task.name, model.cast)}">
      <th scope="row">
        <div class="who">
          <span class="mark" aria-hidden="true"></span>
          <span>${task.name}<small>${task.kind}</small></span>
        </div>
      </th>
      <td data-label="State">
        <span class="state" data-state="${stateText(task.state)}">${stateText(task.state)}</span>
      </td>
      ${cells.map(([label, value]) => html`<td data-label="${label}">${value ?? noValue}</td>`)}
    </tr>`;
  });
  return html`<table class="stack">
    <caption class="hidden">
      Tasks of the run
    </caption>
    <thead>
      <tr>
        <th scope="col">Task</th>
        <th scope="col">State</th>
        <th scope="col">Attempts</th>
        <th scope="col">Duration</th>
        <th scope="col">Steps</th>
        <th scope="col">Waiting <small>for keys</small></th>
        <th scope="col">Keys <small>streamed</small></th>
        <th scope="col">Test accuracy</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

const text = (value: number | undefined, show: (value: number) => string): string | undefined =>
  value === undefined ? undefined : show(value);

interface Span {
  readonly task: Task;
  readonly start: number;
  readonly end: number;
}

/** A bar a task, from its first start to its end, on one axis of time. */
function timeline(model: ReportModel): Html | undefined {
  const { run } = model;
  const known = [run.endTime, ...run.tasks.flatMap((task) => [task.startTime, task.endTime])].flatMap(
    (time) => time?.getTime() ?? [],
  );
  const spans = run.tasks.flatMap((task): Span[] => {
    if (task.startTime === undefined) return [];
    return [{ task, start: task.startTime.getTime(), end: task.endTime?.getTime() ?? Math.max(...known) }];
  });
  if (spans.length === 0) return undefined;
  const first = Math.min(
    ...spans.map(({ start }) => start),
    run.createTime?.getTime() ?? Number.POSITIVE_INFINITY,
  );
  const total = Math.max(1, Math.max(...spans.map(({ end }) => end)) - first);
  const share = (ms: number) => ((100 * ms) / total).toFixed(2);
  const bars = spans.map(({ task, start, end }) => {
    const label = `${task.name}: ${stateText(task.state)}, from ${duration(start - first)} for ${duration(end - start)}`;
    return html`<li data-tone="${toneOf(task.name, model.cast)}" data-state="${stateText(task.state)}">
      <span class="name">${task.name}</span>
      <span class="track"
        ><span
          class="span"
          style="left:${share(start - first)}%;width:${share(Math.max(end - start, total / 400))}%"
          role="img"
          aria-label="${label}"
        ></span
      ></span>
    </li>`;
  });
  const { divisor, unit } =
    total < 180_000
      ? { divisor: 1000, unit: 's' }
      : total < 10_800_000
        ? { divisor: 60_000, unit: 'min' }
        : { divisor: 3_600_000, unit: 'h' };
  const axis = ticks(0, total / divisor, 6).map(
    (mark) => html`<span style="left:${share(mark * divisor)}%">${Number(mark.toFixed(2))}</span>`,
  );
  return html`<figure class="gantt">
    <figcaption>Time line<span class="unit">${unit} since the run was created</span></figcaption>
    <ul>
      ${bars}
    </ul>
    <div class="axis" aria-hidden="true">${axis}</div>
  </figure>`;
}

function facts({ run, environment, data, planGap }: ReportModel): Html {
  const whole =
    run.createTime && run.endTime ? duration(run.endTime.getTime() - run.createTime.getTime()) : undefined;
  const restarts = run.tasks.reduce((sum, task) => sum + Math.max(0, task.attempt - 1), 0);
  const streamed = run.tasks.reduce(
    (sum, task) => sum + (task.results.receivedBytes ?? task.metrics?.receivedBytes ?? 0),
    0,
  );
  const items: [string, string | undefined][] = [
    ['Run', `${run.name}, ${stateText(run.state)}`],
    ['Whole run', whole],
    [
      'Tasks',
      `${run.tasks.filter((task) => task.state === State.SUCCEEDED).length} of ${run.tasks.length} succeeded${restarts > 0 ? `, ${plural(restarts, 'restart')}` : ''}`,
    ],
    ['Keys streamed', streamed > 0 ? bytes(streamed) : undefined],
    [
      'Recipe',
      planGap && `not understood by this version, so architectures and budgets are not shown: ${planGap}`,
    ],
    [
      'Data',
      data &&
        `${data.name}, ${count(data.train.count)} training and ${count(data.test.count)} test images of ${data.shape.join(' × ')}; ${data.source}`,
    ],
    ['Data digest', data?.digest],
    ...Object.entries(environment),
  ];
  return html`<dl class="facts">
    ${items.map(([name, value]) =>
      when(
        value,
        (shown) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${shown}</dd>
          </div>`,
      ),
    )}
  </dl>`;
}
