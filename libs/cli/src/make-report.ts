import type { ArtifactStore } from '@lyceum/artifacts';
import type { Run, RunEvent } from '@lyceum/contracts/orchestrator';
import { environmentKey } from '@lyceum/recipes';
import { loadRunData, readEvaluations, writeReport } from '@lyceum/report';

/** Writes the report of a finished run from its events and artifacts. */
export async function makeReport(
  run: Run,
  events: readonly RunEvent[],
  artifacts: ArtifactStore,
  { file, command }: { file: string; command: string },
): Promise<void> {
  const evaluations = await readEvaluations(artifacts, run);
  // Without the data there are no pictures; the numbers stand all the same.
  const data = await loadRunData(run).catch(() => undefined);
  const environment = await readEnvironment(artifacts, run);
  await writeReport({
    run,
    events: [...events],
    evaluations,
    environment,
    command,
    file,
    ...(data ? { data } : {}),
  });
}

/** What the first task that tells it was computed with. */
export async function readEnvironment(artifacts: ArtifactStore, run: Run): Promise<Record<string, string>> {
  for (const task of run.tasks) {
    const key = `${run.name}/${environmentKey(task.name)}`;
    if ((await artifacts.head(key)) === undefined) continue;
    return JSON.parse(Buffer.from(await artifacts.get(key)).toString()) as Record<string, string>;
  }
  return {};
}
