import type { ArtifactStore } from '@lyceum/artifacts';
import type { Run, RunEvent } from '@lyceum/contracts/orchestrator';
import { evaluationKey } from '@lyceum/recipes';
import { writeReport, type Evaluation } from '@lyceum/report';

/** Writes the report of a finished run from its events and artifacts. */
export async function makeReport(
  run: Run,
  events: readonly RunEvent[],
  artifacts: ArtifactStore,
  file: string,
): Promise<void> {
  const evaluations: Record<string, Evaluation> = {};
  for (const task of run.tasks) {
    const key = `${run.name}/${evaluationKey(task.name)}`;
    if ((await artifacts.head(key)) === undefined) continue;
    evaluations[task.name] = JSON.parse(Buffer.from(await artifacts.get(key)).toString()) as Evaluation;
  }
  await writeReport({ run, events: [...events], evaluations, file });
}
