import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileScope } from '../processes/scope.js';
import { asked, countsOf } from './teacher.js';

const scope = fileScope();
const folder = (name: string) => join(scope.folder, name);
const filesIn = (name: string) => (existsSync(folder(name)) ? readdirSync(folder(name)) : []);

describe('a teacher with a folder for keys', { timeout: 240_000 }, () => {
  it('answers what an earlier one has computed without the network, with the same bits', async () => {
    const first = await asked(scope, folder('kd'));
    expect(await countsOf(first.served)).toMatchObject({ passes: 16, 'own-pass': 16, disk: 0 });
    const second = await asked(scope, folder('kd'));
    expect(second.answers).toEqual(first.answers);
    expect(await countsOf(second.served)).toMatchObject({ passes: 0, disk: 16 });
    // A file for each view.
    expect(filesIn('kd')).toHaveLength(2);
  });

  it('has them after it was killed', async () => {
    const first = await asked(scope, folder('killed'));
    await first.served.process.kill();
    const second = await asked(scope, folder('killed'));
    expect(second.answers).toEqual(first.answers);
    expect(await countsOf(second.served)).toMatchObject({ passes: 0, disk: 16 });
  });

  it('answers from disk alone where memory is too short, and from memory what it has read', async () => {
    const none = ['--cache-bytes', '0'];
    const first = await asked(scope, folder('memory'), { args: none });
    expect(await countsOf(first.served)).toMatchObject({ passes: 16 });
    for (const [args, counts] of [
      [none, { disk: 32, memory: 0 }],
      [[], { disk: 16, memory: 16 }],
    ] as const) {
      const later = await asked(scope, folder('memory'), { args, times: 2 });
      expect(later.answers).toEqual([...first.answers, ...first.answers]);
      expect(await countsOf(later.served)).toMatchObject({ passes: 0, ...counts });
    }
  });

  it('keeps nothing for who does not say that it is worth it', async () => {
    const fresh = await asked(scope, folder('fresh'), { keep: false });
    expect(await countsOf(fresh.served)).toMatchObject({ passes: 16 });
    expect(filesIn('fresh')).toEqual([]);
  });

  it('makes keys of whole batches again from what it has kept of each sample, with the same bits', async () => {
    const fresh = await asked(scope, folder('gram'), { loss: 'sp', keep: false });
    expect(await countsOf(fresh.served)).toMatchObject({ passes: 16 });
    const first = await asked(scope, folder('gram'), { loss: 'sp', times: 2 });
    expect(first.answers).toEqual([...fresh.answers, ...fresh.answers]);
    expect(await countsOf(first.served)).toMatchObject({ passes: 16, memory: 16, disk: 0 });
    const second = await asked(scope, folder('gram'), { loss: 'sp', args: ['--cache-bytes', '0'] });
    expect(second.answers).toEqual(fresh.answers);
    expect(await countsOf(second.served)).toMatchObject({ passes: 0, disk: 16 });
  });

  it('keeps no more of keys of whole batches than it has room for', async () => {
    const args = ['--cache-bytes', '1000', '--cache-folder-bytes', '9000'];
    const first = await asked(scope, folder('no-room'), { loss: 'sp', times: 2, args });
    expect(await countsOf(first.served)).toMatchObject({ passes: 32 });
    expect(filesIn('no-room')).toEqual([]);
  });

  it('keeps nothing with a bound of 0, and less than its bound else', async () => {
    const off = await asked(scope, folder('off'), { args: ['--cache-folder-bytes', '0'] });
    expect(await countsOf(off.served)).toMatchObject({ passes: 16 });
    expect(filesIn('off')).toEqual([]);
    // Room for one of the two views.
    const bounded = await asked(scope, folder('bounded'), { args: ['--cache-folder-bytes', '10000'] });
    await bounded.served.process.stop();
    expect(filesIn('bounded')).toHaveLength(1);
    const second = await asked(scope, folder('bounded'), { args: ['--cache-folder-bytes', '10000'] });
    expect(second.answers).toEqual(bounded.answers);
    expect(await countsOf(second.served)).toMatchObject({ passes: 8, disk: 8 });
  });
});
