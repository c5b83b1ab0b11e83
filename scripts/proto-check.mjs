// Checks proto/: lint, format, breaking changes against main, and that the generated code is up to date.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const buf = join(root, 'node_modules/@bufbuild/buf/bin/buf');
const scratch = mkdtempSync(join(tmpdir(), 'lyceum-proto-'));
const base = process.argv[2] ?? 'main';

function run(title, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [buf, ...args], {
    cwd: join(root, 'proto'),
    encoding: 'utf8',
  });
  const said = `${stdout}${stderr}`.trim();
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${title}${status === 0 || said === '' ? '' : `\n${said}`}`);
  if (status !== 0) process.exitCode = 1;
}

const hasBase = () =>
  spawnSync('git', ['cat-file', '-e', `${base}:proto/buf.yaml`], { cwd: root, stdio: 'ignore' }).status === 0;

try {
  run('lint', ['lint']);
  run('format', ['format', '-d', '--exit-code', '--path', 'lyceum']);
  if (hasBase())
    run(`no breaking change against ${base}`, [
      'breaking',
      '--against',
      `../.git#branch=${base},subdir=proto`,
    ]);
  else console.log(`ok   no breaking change: ${base} has no contracts yet`);
  const fresh = join(scratch, 'descriptors.binpb');
  execFileSync(process.execPath, [buf, 'build', '--as-file-descriptor-set', '-o', fresh], {
    cwd: join(root, 'proto'),
  });
  const current = readFileSync(join(root, 'libs/contracts/descriptors.binpb'));
  const same = readFileSync(fresh).equals(current);
  console.log(
    `${same ? 'ok  ' : 'FAIL'} generated code is up to date${same ? '' : ': run npm run generate'}`,
  );
  if (!same) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
