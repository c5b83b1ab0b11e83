import { Task } from '@lyceum/contracts/orchestrator';
import { describe, expect, it } from 'vitest';
import { chooseTask } from './weights-source.js';

const task = (name: string, kind: string) =>
  Task.fromPartial({ name, kind, stage: name.replace(/\/.*/, '') });
const run = (...tasks: Task[]) => ({ name: 'mine-7f3a', tasks });

const teacher = task('teacher', 'train');
const kd = task('kd', 'distill');
const again = [task('again/1', 'distill'), task('again/2', 'distill')];
const peers = [task('mutual/a', 'co-train'), task('mutual/b', 'co-train')];
const rest = [task('hints', 'select'), task('both', 'evaluate')];

describe('the network that is meant', () => {
  it.each([
    ['the only student', [teacher, kd, ...rest], undefined, 'kd'],
    ['the only network', [teacher, ...rest], undefined, 'teacher'],
    ['the last generation of the only student', [teacher, ...again], undefined, 'again/2'],
    ['a stage', [teacher, kd, ...peers], 'teacher', 'teacher'],
    ['a generation', [teacher, ...again], 'again/1', 'again/1'],
    ['the last generation of a stage', [teacher, kd, ...again], 'again', 'again/2'],
    ['a peer', [teacher, ...peers], 'mutual/a', 'mutual/a'],
  ])('is %s', (_, tasks, wanted, name) => {
    expect(chooseTask(run(...tasks), wanted).name).toBe(name);
  });

  it.each([
    ['of several students', [teacher, kd, ...peers], undefined, 'source: run mine-7f3a trains teacher, kd, mutual/a, mutual/b; name one: lyceum export mine-7f3a:mutual/b'], // prettier-ignore
    ['of several peers', [teacher, ...peers], 'mutual', 'name one: lyceum export mine-7f3a:mutual/b'],
    ['misspelt', [teacher, kd], 'teachr', 'there is no stage "teachr"; did you mean "teacher"?'],
    ['not trained', [teacher, ...rest], 'hints', 'there is no stage "hints"; known: teacher'],
    ['nowhere', rest, undefined, 'source: run mine-7f3a trains no network'],
  ])('is asked for where it is %s', (_, tasks, wanted, message) => {
    expect(() => chooseTask(run(...tasks), wanted)).toThrow(message);
  });
});
