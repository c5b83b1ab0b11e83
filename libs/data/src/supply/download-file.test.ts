import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sendRange, serveFiles } from '../file-server.fixture.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { downloadFile, type RemoteFile } from './download-file.js';

const content = randomBytes(300_000);
/** Where nobody listens any more. */
async function closedAddress(): Promise<string> {
  await using server = await serveFiles({});
  return `${server.url}/`;
}

const quick = { answerMs: 300, idleMs: 300 };

function remote(...urls: string[]): RemoteFile {
  return {
    name: 'data.bin',
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    urls,
  };
}

describe('a download', () => {
  it('reports its progress and leaves exactly the file', async () => {
    const folder = await temporaryFolder();
    await using server = await serveFiles({ '/data.bin': content });
    const steps: number[] = [];
    await downloadFile(remote(`${server.url}/data.bin`), join(folder, 'data.bin'), ({ done }) =>
      steps.push(done),
    );
    expect(content.equals(await readFile(join(folder, 'data.bin')))).toBe(true);
    expect(await readdir(folder)).toEqual(['data.bin']);
    expect(steps.at(-1)).toBe(content.length);
  });

  it('does not ask again for a file that is there', async () => {
    const path = join(await temporaryFolder(), 'data.bin');
    await writeFile(path, content);
    await downloadFile(remote('http://127.0.0.1/data.bin'), path, () => {});
    expect(content.equals(await readFile(path))).toBe(true);
  });

  it('goes on where a transfer broke off', async () => {
    const path = join(await temporaryFolder(), 'data.bin');
    await using server = await serveFiles({
      '/data.bin': ({ headers }, response) => {
        if (headers.range !== undefined) return sendRange(content, headers.range, response);
        response.writeHead(200, { 'content-length': content.length });
        response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
      },
    });
    await downloadFile(remote(`${server.url}/data.bin`), path, () => {}, quick);
    expect(content.equals(await readFile(path))).toBe(true);
    expect(server.requests).toEqual(['/data.bin', '/data.bin bytes=100000-']);
  });

  it('goes on with the part that an earlier process left', async () => {
    const path = join(await temporaryFolder(), 'data.bin');
    await writeFile(`${path}.part`, content.subarray(0, 200_000));
    await using server = await serveFiles({ '/data.bin': content });
    await downloadFile(remote(`${server.url}/data.bin`), path, () => {});
    expect(server.requests).toEqual(['/data.bin bytes=200000-']);
    expect(content.equals(await readFile(path))).toBe(true);
  });

  it('begins anew when the server ignores the range', async () => {
    const path = join(await temporaryFolder(), 'data.bin');
    await writeFile(`${path}.part`, randomBytes(200_000));
    await using server = await serveFiles({
      '/data.bin': (_, response) => sendRange(content, undefined, response),
    });
    await downloadFile(remote(`${server.url}/data.bin`), path, () => {});
    expect(content.equals(await readFile(path))).toBe(true);
  });

  it('goes to the next address after a wrong checksum, a 404, silence and a closed port', async () => {
    const path = join(await temporaryFolder(), 'data.bin');
    await using server = await serveFiles({
      '/wrong': Buffer.alloc(content.length),
      '/silent': () => {},
      '/right': content,
    });
    const urls = ['/wrong', '/absent', '/silent', '/right'].map((name) => `${server.url}${name}`);
    await downloadFile(remote(await closedAddress(), ...urls), path, () => {}, quick);
    expect(content.equals(await readFile(path))).toBe(true);
  });

  it('says what every address answered when none helped, and leaves no file', async () => {
    const folder = await temporaryFolder();
    await using server = await serveFiles({
      '/wrong': Buffer.alloc(content.length),
      '/silent': () => {},
      '/long': Buffer.alloc(content.length + 1),
      '/stuck': (_, response) => void response.writeHead(200).write('x'),
    });
    const urls = ['/wrong', '/absent', '/silent', '/long', '/stuck'].map((name) => `${server.url}${name}`);
    const failure = downloadFile(
      remote(await closedAddress(), ...urls),
      join(folder, 'data.bin'),
      () => {},
      quick,
    );
    const message = await failure.then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message.replaceAll(server.url, '').replace(/^http:\S+/, '/closed')).toBe(
      [
        '/closed cannot be reached (ECONNREFUSED)',
        '/wrong sent other content than published (its checksum differs)',
        '/absent answered HTTP 404',
        '/silent did not answer within 300 ms',
        '/long sent more than the 300000 bytes published',
        '/stuck sent nothing for 300 ms',
      ].join(', '),
    );
    expect(await readdir(folder)).not.toContain('data.bin');
  });
});
