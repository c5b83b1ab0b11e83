import { createServer, connect, type Server, type Socket } from 'node:net';

/** Stands between clients and a server on unix sockets, and counts what the server sends. */
export class CountingRelay implements AsyncDisposable {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  /** Bytes from the server to its clients so far, framing of HTTP/2 included. */
  answeredBytes = 0;

  private constructor(
    /** Where to connect instead. */
    readonly address: string,
    target: string,
  ) {
    this.server = createServer((client) => {
      const upstream = connect(pathOf(target));
      upstream.on('data', (chunk: Buffer) => (this.answeredBytes += chunk.length));
      client.pipe(upstream);
      upstream.pipe(client);
      for (const socket of [client, upstream]) {
        this.sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => this.sockets.delete(socket));
      }
    });
  }

  static async start(address: string, target: string): Promise<CountingRelay> {
    const relay = new CountingRelay(address, target);
    await new Promise<void>((resolve, reject) => {
      relay.server.once('error', reject);
      relay.server.listen(pathOf(address), resolve);
    });
    return relay;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function pathOf(address: string): string {
  return address.slice('unix:'.length);
}
