import type { Run, RunEvent } from '@lyceum/contracts/orchestrator';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../processes/process-table.js';
import { fileScope } from '../processes/scope.js';
import { digestsOf, LyceumCommand, oneThread, runNameOf } from './lyceum-command.js';
import { WatchedRun } from './watched-run.js';

const scope = fileScope();
const recipe = fileURLToPath(new URL('resilience.yaml', import.meta.url));
let undisturbed: Record<string, string>;

function start(lyceum: LyceumCommand, file = recipe): WatchedRun {
  return new WatchedRun(lyceum.start('run', file, '--report', `${lyceum.home}.html`, ...oneThread));
}

async function outcome(
  lyceum: LyceumCommand,
  watched: WatchedRun,
): Promise<{ run: Run; events: RunEvent[] }> {
  const { code } = await watched.command.ended;
  if (code !== 0) throw new Error(`the run failed:\n${watched.command.log}`);
  return lyceum.show(await runNameOf(watched.command));
}

const kill = (pid: number) => process.kill(pid, 'SIGKILL');
const messages = (events: readonly RunEvent[]) =>
  events.map(({ task, message }) => `${task}: ${message}`).join('\n');

beforeAll(async () => {
  const lyceum = new LyceumCommand(scope, 'undisturbed');
  const { run, events } = await outcome(lyceum, start(lyceum));
  expect(events.filter(({ kind }) => kind === 'process.ended')).toEqual([]);
  undisturbed = digestsOf(run);
}, 180_000);

describe('a run whose processes are killed', () => {
  let run: Run;
  let events: RunEvent[];

  beforeAll(async () => {
    const lyceum = new LyceumCommand(scope, 'disturbed');
    const watched = start(lyceum);
    const killTrainerOf = async (task: string) => kill((await watched.reaches(task, 15)).process.pid);
    const killTeacherOf = async (task: string) => {
      await watched.reaches(task, 15);
      for (const { pid } of watched.processes('teacher-inference')) kill(pid);
    };
    await Promise.all([...['kd', 'crd', 'mutual/a'].map(killTrainerOf), killTeacherOf('at')]);
    ({ run, events } = await outcome(lyceum, watched));
  }, 240_000);

  it.each(['kd', 'crd', 'mutual/a', 'mutual/b'])(
    'ends with the same weights: %s, its trainer killed',
    (task) => {
      expect(digestsOf(run)[task]).toBe(undisturbed[task]);
      const found = run.tasks.find(({ name }) => name === task);
      if (task !== 'mutual/b') expect(found?.attempt).toBe(2);
      if (task !== 'mutual/b')
        expect(messages(events)).toMatch(
          new RegExp(`${task}: .*goes on at step [1-9]\\d* of 48 from its checkpoint`),
        );
    },
  );

  it('waits for a teacher that was killed, says so, and ends with the same weights', () => {
    expect(digestsOf(run).at).toBe(undisturbed.at);
    expect(run.tasks.find(({ name }) => name === 'at')?.attempt).toBe(1);
    expect(messages(events)).toMatch(/at: .*teacher "teacher" at unix:\S+ is away \(.*\); waiting/);
    expect(messages(events)).toMatch(/process "teacher-\w+" ended \(signal SIGKILL\); it is started again/);
  });

  it('says which process died, and no task starts over from nothing', () => {
    expect(messages(events)).toMatch(/process "trainer-\d" ended \(signal SIGKILL\); it is started again/);
    expect(digestsOf(run)).toEqual(undisturbed);
  });
});

describe('a command that is killed with its orchestrator', () => {
  it('leaves no process behind, and the same command goes on and ends with the same weights', async () => {
    const lyceum = new LyceumCommand(scope, 'killed');
    const shorter = join(scope.folder, 'shorter.yaml');
    writeFileSync(shorter, readFileSync(recipe, 'utf8').split('    - name: crd')[0]);
    const first = start(lyceum, shorter);
    await first.reaches('kd', 15);
    const name = await runNameOf(first.command);
    const started = first.processes();
    await first.command.kill();
    for (const { pid } of started.filter(({ command }) => command.join().includes('orchestrator'))) kill(pid);
    for (const until = Date.now() + 15_000; started.some(({ pid }) => isAlive(pid)) && Date.now() < until;)
      await pause(100);
    expect(started.filter(({ pid }) => isAlive(pid))).toEqual([]);

    const second = start(lyceum, shorter);
    expect(await runNameOf(second.command)).toBe(name);
    const { run, events } = await outcome(lyceum, second);
    expect(second.command.log).toContain(`goes on with run ${name}`);
    expect(messages(events)).toMatch(/kd: .*goes on at step [1-9]\d* of 48 from its checkpoint/);
    const { teacher, kd } = undisturbed;
    expect(digestsOf(run)).toEqual({ teacher, kd });
    // What was finished before was not done again.
    expect(run.tasks.find((task) => task.name === 'teacher')?.attempt).toBe(1);
  }, 240_000);
});
