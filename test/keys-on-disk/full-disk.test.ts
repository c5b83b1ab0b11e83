import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileScope } from '../processes/scope.js';
import { SmallDisk } from '../processes/small-disk.js';
import { asked, countsOf } from './teacher.js';

const scope = fileScope();
const folder = join(scope.folder, 'small');
const disk = SmallDisk.mount(folder, 200);
if (disk instanceof SmallDisk) scope.defer(() => disk[Symbol.dispose]());

describe.skipIf('missing' in disk)('a disk without room for keys', () => {
  it('costs a teacher one warning and no answer; what was kept before is found', async () => {
    if ('missing' in disk) return;
    const first = await asked(scope, folder);
    expect(await countsOf(first.served)).toMatchObject({ passes: 16 });
    disk.fill();
    const other = await asked(scope, folder, { loss: 'dkd' });
    expect(other.answers).toHaveLength(16);
    expect(await countsOf(other.served)).toMatchObject({ passes: 16 });
    const warnings = other.served.process.log.match(/cannot be written any more.*ENOSPC/g) ?? [];
    expect(warnings).toHaveLength(1);
    const again = await asked(scope, folder);
    expect(again.answers).toEqual(first.answers);
    expect(await countsOf(again.served)).toMatchObject({ passes: 0, disk: 16 });
    disk.free();
    const later = await asked(scope, folder, { loss: 'dkd' });
    expect(later.answers).toEqual(other.answers);
  }, 240_000);
});
