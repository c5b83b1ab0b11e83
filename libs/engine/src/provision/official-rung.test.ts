import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nativePackage, type NativePackage, type NativeVariant } from '../backends/native-package.js';
import { officialRung } from './official-rung.js';

const silent = () => undefined;

describe('the official installer', () => {
  let root: string;
  let server: Server;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lyceum-official-'));
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
      readFile(join(root, 'mirror', pathname)).then(
        (body) =>
          response.setHeader('content-length', body.length).end(request.method === 'HEAD' ? undefined : body),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv('TFJS_NODE_CDN_STORAGE', `${host}/`);
    vi.stubEnv('npm_config_tfjs_binding_binary_host_mirror', host);
    vi.stubEnv('HTTPS_PROXY', undefined);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
    await rm(root, { recursive: true });
  });

  it('is not asked for a GPU, whose CUDA it predates', async () => {
    const gpu = installed('gpu');
    expect(await officialRung('gpu').refusal(gpu)).toBe(
      'its libtensorflow 2.9.1 is built for CUDA 11, which no current GPU runs',
    );
  });

  it('is refused at once where its host has nothing or can not be reached', async () => {
    const cpu = installed('cpu');
    expect(await officialRung('cpu').refusal(cpu)).toContain('answers 404');
    vi.stubEnv('TFJS_NODE_CDN_STORAGE', 'http://127.0.0.1:9/');
    expect(await officialRung('cpu').refusal(cpu)).toBe('127.0.0.1:9 can not be reached');
  });

  it('fills an entry from a mirror, and does not touch the installed package', async () => {
    const cpu = installed('cpu');
    await makeMirror(join(root, 'mirror'), cpu.version);
    const rung = officialRung('cpu');
    expect(await rung.refusal(cpu)).toBeUndefined();
    const manifest = await readFile(join(cpu.folder, 'package.json'), 'utf8');
    const folder = join(root, 'entry');
    await mkdir(folder);
    await rung.fill({ target: cpu, downloads: join(root, 'downloads'), report: silent }, folder);
    expect(await readFile(join(folder, 'deps', 'lib', 'libtensorflow.so'), 'utf8')).toBe('library');
    expect(await readFile(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), 'utf8')).toBe('binding');
    expect(await readFile(join(cpu.folder, 'package.json'), 'utf8')).toBe(manifest);
  });
});

function installed(variant: NativeVariant): NativePackage {
  const found = nativePackage(variant);
  if (found === undefined) throw new Error(`the ${variant} package is not installed`);
  return found;
}

/** The two archives that the installer fetches, with a few bytes where the libraries would be. */
async function makeMirror(mirror: string, version: string): Promise<void> {
  const library = join(mirror, 'library', 'lib');
  await mkdir(library, { recursive: true });
  await writeFile(join(library, 'libtensorflow.so.2.9.1'), 'library');
  await symlink('libtensorflow.so.2.9.1', join(library, 'libtensorflow.so'));
  await mkdir(join(mirror, 'tensorflow', 'libtensorflow'), { recursive: true });
  const system = `cpu-linux-${process.arch === 'x64' ? 'x86_64' : process.arch}`;
  const archive = join(mirror, 'tensorflow', 'libtensorflow', `libtensorflow-${system}-2.9.1.tar.gz`);
  execFileSync('tar', ['-czf', archive, '-C', join(mirror, 'library'), 'lib']);
  const addon = join(mirror, 'addon', 'napi-v8');
  await mkdir(addon, { recursive: true });
  await writeFile(join(addon, 'tfjs_binding.node'), 'binding');
  const place = join(mirror, 'napi-v8', version);
  await mkdir(place, { recursive: true });
  execFileSync('tar', [
    '-czf',
    join(place, `CPU-linux-${version}.tar.gz`),
    '-C',
    join(mirror, 'addon'),
    'napi-v8',
  ]);
}
