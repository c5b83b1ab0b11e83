// Two processes that open one embedded database destroy it, and it does not notice. Two locks keep them apart:
// an abstract socket, which the kernel frees the moment a process dies, between processes that share a network
// namespace; and a lock folder with a heartbeat (proper-lockfile) between machines and containers that share the disk.
// Who holds the socket knows that a lock left by its own namespace is a dead process's, and need not wait it out.
import { createServer, type Server } from 'node:net';
import { mkdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import { lock } from 'proper-lockfile';

/** Longer than any pause of a living process on a busy machine. */
const staleMs = 60_000;

interface Owner {
  readonly pid: number;
  /** Host and network namespace: where the socket is seen. */
  readonly place: string;
}

/**
 * Takes a folder for this process; the result gives it back. WRONG_STATE when another process has it.
 * `lost` is called if the lock was taken away, after a pause of more than a minute.
 */
export async function lockFolder(
  folder: string,
  lost: (error: LyceumError) => void,
): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const owner = join(folder, 'owner.json');
  const me: Owner = {
    pid: process.pid,
    place: `${hostname()} ${await readlink('/proc/self/ns/net').catch(() => '')}`,
  };
  const socket = await takeSocket(folder);
  if (socket === 'taken') throw inUse(folder, await readOwner(owner));
  try {
    const take = (): Promise<() => Promise<void>> =>
      lock(folder, {
        lockfilePath: join(folder, 'lock'),
        stale: staleMs,
        update: 5000,
        onCompromised: (cause) =>
          lost(new LyceumError('WRONG_STATE', `${folder}: its lock was lost: ${cause.message}`, { cause })),
      });
    const release = await take().catch(async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      const other = await readOwner(owner);
      if (!socket || other?.place !== me.place) throw inUse(folder, other);
      await rm(join(folder, 'lock'), { recursive: true, force: true });
      return take();
    });
    await writeFile(owner, JSON.stringify(me));
    return async () => {
      await release().catch(() => undefined);
      await closeSocket(socket);
    };
  } catch (error) {
    await closeSocket(socket);
    throw error;
  }
}

function inUse(folder: string, owner: Owner | undefined): LyceumError {
  const who = owner ? `process ${owner.pid} on ${owner.place.split(' ')[0]}` : 'another process';
  return new LyceumError(
    'WRONG_STATE',
    `${folder} is in use by ${who}; stop that one first, choose another folder, or share state through postgres://`,
    { metadata: { folder, ...(owner ? { pid: String(owner.pid) } : {}) } },
  );
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** The socket, `taken`, or undefined on systems without abstract sockets. */
async function takeSocket(folder: string): Promise<Server | 'taken' | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { dev, ino } = await stat(folder);
  const server = createServer((connection) => connection.destroy());
  const outcome = await new Promise<Server | 'taken' | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'taken' : undefined),
    );
    server.listen({ path: `\0lyceum-store-${dev}-${ino}` }, () => resolve(server));
  });
  server.unref();
  return outcome;
}

function closeSocket(socket: Server | undefined): Promise<void> {
  return new Promise((resolve) => (socket ? socket.close(() => resolve()) : resolve()));
}
