import { invalidField, LyceumError } from '@lyceum/errors';
import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { createConnection } from 'node:net';

/** The kernel's limit, without the closing zero. */
const maxSocketPathBytes = 107;

/** An address to listen on. */
export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/**
 * Reads `unix:/path`, `host:port` or `[ipv6]:port`; port 0 lets the system choose.
 *
 * @throws LyceumError INVALID_FIELD for anything else, and for a path that is too long for a socket.
 */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) {
    const path = text.slice(text.startsWith('unix://') ? 7 : 5);
    const length = Buffer.byteLength(path);
    if (length === 0) throw invalidField('address', 'unix: must be followed by a path');
    if (length > maxSocketPathBytes) {
      throw invalidField(
        'address',
        `the path of a socket may have ${maxSocketPathBytes} bytes, "${path}" has ${length}`,
      );
    }
    return { kind: 'unix', path };
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(digits) > 65535) {
    throw invalidField('address', `must be unix:/path, host:port or [ipv6]:port, found "${text}"`);
  }
  return { kind: 'tcp', host, port: Number(digits) };
}

/** @throws LyceumError INVALID_FIELD for an address that other machines can reach. */
export function requireLoopback(address: ListenAddress): void {
  if (address.kind === 'unix' || /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(address.host)) return;
  throw invalidField(
    'address',
    `${formatTcp(address.host, address.port)} can be reached from other machines and this server is not secured; use 127.0.0.1 or a unix: socket, or allow an insecure network explicitly`,
  );
}

export function formatTcp(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Removes a socket that a killed process has left behind.
 *
 * @throws LyceumError PORT_IN_USE when a process listens on it, or when the path is no socket.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw portInUse(`unix:${path}`, 'a file that is not a socket is there');
  if (await answers(path)) throw portInUse(`unix:${path}`, 'another process listens on it');
  await unlink(path).catch(() => undefined);
}

/** A process that is busy may take the connection late; one that is gone refuses it at once. */
async function answers(path: string): Promise<boolean> {
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export function portInUse(address: string, detail: string, cause?: unknown): LyceumError {
  const description = `cannot listen on ${address}: ${detail}; stop that process or choose another address`;
  return new LyceumError('PORT_IN_USE', description, {
    violations: [{ field: 'address', description }],
    metadata: { address },
    cause,
  });
}
