import { workerBridge } from '@lyceum/engine';
import type { BridgeCalls } from './compute-api.js';

/** How long a step may wait for another process; trainers give up earlier by their own patience. */
const timeoutMs = 24 * 3600 * 1000;

/** Calls the main thread and blocks until it has answered. */
export function callMain<K extends keyof BridgeCalls>(
  method: K,
  request: BridgeCalls[K]['request'],
): BridgeCalls[K]['response'] {
  return workerBridge().call(method, request, { timeoutMs });
}
