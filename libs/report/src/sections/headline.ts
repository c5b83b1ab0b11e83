import { State } from '@lyceum/contracts/orchestrator';
import { type Html, html, when } from '../page/html.js';
import { stateText } from '../summary/result-rows.js';
import { listed } from '../summary/format.js';
import type { ReportModel } from '../summary/report-model.js';

/** Title, what was distilled into what, and what came of it. */
export function headline(model: ReportModel): Html {
  const { run, verdict } = model;
  const ended = run.endTime ?? run.createTime;
  return html`<header class="headline">
    <p class="kicker">
      <span>Lyceum report</span
      ><span>run ${run.name}</span
      >${when(ended, (time) => html`<time datetime="${time.toISOString()}">${dateText(time)}</time>`)}
    </p>
    <h1>${titleOf(model)}</h1>
    ${trouble(model)}
    <p class="verdict" data-outcome="${verdict.outcome}">${verdict.headline}</p>
    <p class="detail">${verdict.detail}</p>
    <p class="what">${subject(model)}</p>
  </header>`;
}

export function titleOf({ plan, run }: ReportModel): string {
  return plan?.recipe.spec.title ?? (run.recipeName || run.name);
}

const dateText = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** "Distilled: resnet32x4 into resnet8x4 on cifar-100; students kd (ce + kd) and at (ce + at)." */
function subject({ rows, plan, cast }: ReportModel): Html | undefined {
  const teacher = rows.find((row) => row.task === (cast.teacher ?? cast.outside?.name));
  const students = rows.filter((row) => row.role === 'distilled');
  const data = plan?.recipe.spec.data.name;
  const names = [...new Set(students.flatMap((row) => row.architecture ?? []))];
  const ways = students.map((row) =>
    row.losses.length === 0 ? row.task : `${row.task} (${row.losses.join('\u00a0+\u00a0')})`,
  );
  const from = teacher === undefined ? '' : `${teacher.architecture ?? teacher.task} into `;
  const on = data === undefined ? '' : ` on ${data}`;
  if (students.length === 0) {
    const trained = rows.map((row) => row.architecture ?? row.task);
    return trained.length === 0 ? undefined : html`Networks trained${on}: ${listed(trained)}.`;
  }
  const into = names.length === 0 ? listed(ways) : listed(names);
  const by = names.length === 0 ? '' : `; ${students.length === 1 ? 'student' : 'students'} ${listed(ways)}`;
  return html`${from === '' ? 'Distilled students: ' : 'Distilled: '}${from}${into}${on}${by}.`;
}

function stateSentence(state: State): string {
  if (state === State.FAILED) return 'This run failed.';
  if (state === State.CANCELLED) return 'This run was cancelled.';
  return `This run has not ended: it is ${stateText(state)}.`;
}

function trouble({ run }: ReportModel): Html | undefined {
  if (run.state === State.SUCCEEDED) return undefined;
  const failed = run.tasks.filter((task) => task.state === State.FAILED);
  const reasons = failed.map(
    (task) => html`<li><strong>${task.name}</strong>: ${task.error?.message ?? 'no reason given'}</li>`,
  );
  const whole = run.error?.message;
  const shownElsewhere = failed.some((task) => task.error && whole?.includes(task.error.message));
  return html`<div class="trouble" role="note">
    <p>
      <strong>${stateSentence(run.state)}</strong> What follows is what there was when this report was made.
    </p>
    ${whole !== undefined && !shownElsewhere ? html`<p>${whole}</p>` : undefined}
    ${
      reasons.length > 0
        ? html`<ul>
            ${reasons}
          </ul>`
        : undefined
    }
  </div>`;
}
