import type { Server } from '@grpc/grpc-js';

/** The health of a server, overall and of each service. */
export interface Health {
  setServing(serving: boolean, service?: string): void;
}

/** Adds `grpc.health.v1.Health`; everything starts as not serving. */
export async function addHealth(server: Server, services: readonly string[]): Promise<Health> {
  // Loaded here because clients, which share this library, do without it.
  const { HealthImplementation } = await import('grpc-health-check');
  const names = ['', ...services];
  const health = new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'NOT_SERVING'])));
  health.addToServer(server);
  return {
    setServing: (serving, service) => {
      const changed = service === undefined ? names : [service];
      for (const name of changed) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    },
  };
}
