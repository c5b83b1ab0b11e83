import { rm } from 'node:fs/promises';
import { LyceumError } from '@lyceum/errors';
import { runCommand } from '../machine/run-command.js';
import type { Report } from './progress.js';

// Python's zipfile checks each member's CRC. Only what is asked for is written: a wheel unpacks to 2 GB.
const script = `
import json, os, sys, zipfile
wheel, target, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
root = os.path.realpath(target)
with zipfile.ZipFile(wheel) as archive:
    members, seen = [], set()
    for member in archive.infolist():
        if member.is_dir(): continue
        for start, place in wanted.items():
            if member.filename == start or (start.endswith('/') and member.filename.startswith(start)):
                seen.add(start)
                members.append((member, os.path.join(root, place + member.filename[len(start):])))
    if set(wanted) - seen:
        raise SystemExit('error: not in the wheel: ' + ', '.join(sorted(set(wanted) - seen)))
    total, done = sum(member.file_size for member, _ in members), 0
    for member, path in members:
        if not os.path.realpath(path).startswith(root + os.sep):
            raise SystemExit('unsafe path in wheel: ' + member.filename)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(member) as source, open(path, 'wb') as sink:
            while block := source.read(8 << 20):
                sink.write(block)
                done += len(block)
                print(done, total, flush=True)
`;

/**
 * Unpacks parts of a wheel: `wanted` maps a member, or a folder ending in `/`, to its place under `target`.
 * @throws LyceumError CORRUPT_FILE (the wheel is deleted, so that the next run fetches it anew) or DISK_FULL.
 */
export async function unpackWheel(
  python: string,
  wheel: string,
  target: string,
  wanted: Readonly<Record<string, string>>,
  report: Report,
): Promise<void> {
  const result = await runCommand(python, ['-c', script, wheel, target, JSON.stringify(wanted)], {
    onLine: (line) => {
      const [done, total] = line.split(' ').map(Number);
      if (total > 0) report('unpack', 'unpacking', done, total);
    },
  });
  if (result.ok) return;
  if (/No space left|Errno 28/.test(result.output)) {
    throw new LyceumError(
      'DISK_FULL',
      `engine: no room to unpack ${wheel} into ${target}; free 2 GB and run it again`,
    );
  }
  if (!/BadZipFile|CRC|zlib|EOFError|not in the wheel/.test(result.output)) {
    throw new LyceumError('INTERNAL', `engine: the wheel ${wheel} can not be unpacked (${result.failure})`);
  }
  await rm(wheel, { force: true });
  const text = `engine: the wheel ${wheel} is damaged (${result.failure}) and is deleted; run it again`;
  throw new LyceumError('CORRUPT_FILE', text);
}
