import type { Server, ServerDuplexStream } from '@grpc/grpc-js';
import { readFile } from 'node:fs/promises';

const paths = ['v1', 'v1alpha'].map(
  (version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
);

/** Adds server reflection, in its current version and in the one that older tools ask for. */
export async function addReflection(
  server: Server,
  descriptorSetPath: string,
  services: readonly string[],
): Promise<void> {
  const { ServerReflection, ServerReflectionService } = await import('nice-grpc-server-reflection');
  const names = [...services, 'grpc.health.v1.Health'];
  const { serverReflectionInfo: answer } = ServerReflection(await readFile(descriptorSetPath), names);
  const [definition] = Object.values(ServerReflectionService as unknown as Record<string, object>);
  type Requests = Parameters<typeof answer>[0];

  const serve = async (call: ServerDuplexStream<unknown, unknown>) => {
    const requests = call.iterator({ destroyOnReturn: false }) as Requests;
    try {
      // Its context is nice-grpc's, which reflection does not use.
      for await (const response of answer(requests, {} as never)) call.write(response);
    } finally {
      call.end();
    }
  };
  for (const path of paths) {
    server.addService({ info: { ...definition, path } } as never, {
      info: (call: ServerDuplexStream<unknown, unknown>) => void serve(call).catch(() => undefined),
    });
  }
}
