import { LyceumError } from '@lyceum/errors';
import { emitEvent, serveWorker, workerBridge, workerInput } from './serve-worker.js';
import { transfer } from './transfer.js';

/** The API of the worker that the tests start. */
export interface EchoApi {
  input(): unknown;
  double(values: Float32Array): Float32Array;
  fail(how: 'lyceum' | 'plain'): void;
  slow(text: string, delayMs: number): Promise<string>;
  block(durationMs: number): void;
  crash(): void;
  leave(): void;
  emit(event: unknown): void;
  ask(method: string, payload: unknown, timeoutMs: number): unknown;
  askTwice(timeoutMs: number): unknown;
  move(length: number): { given: number; left: number; back: Float32Array };
  variable(name: string): string | undefined;
}

const api: EchoApi = {
  input: () => workerInput(),
  double(values) {
    for (let index = 0; index < values.length; index += 1) values[index] *= 2;
    return transfer(values, [values.buffer as ArrayBuffer]);
  },
  fail(how) {
    if (how === 'plain') throw new TypeError('not that');
    throw new LyceumError('SHAPE_MISMATCH', 'x: wrong', {
      violations: [{ field: 'x', description: 'wrong' }],
    });
  },
  slow: (text, delayMs) => new Promise((resolve) => setTimeout(() => resolve(text), delayMs)),
  block(durationMs) {
    const end = performance.now() + durationMs;
    while (performance.now() < end);
  },
  crash() {
    setTimeout(() => {
      throw new Error('it broke');
    }, 1);
  },
  leave: () => process.exit(3),
  emit: (event) => emitEvent(event),
  ask: (method, payload, timeoutMs) => workerBridge().call(method, payload, { timeoutMs }),
  askTwice(timeoutMs) {
    try {
      workerBridge().call('late', 'first', { timeoutMs });
    } catch (error) {
      return [LyceumError.from(error).reason, workerBridge().call('echo', 'second')];
    }
    return 'the first call did not time out';
  },
  move(length) {
    const values = new Float32Array(length).fill(1);
    const given = values.length;
    const payload = transfer({ values }, [values.buffer]);
    const back = workerBridge().call<Float32Array>('addOne', payload);
    return { given, left: values.length, back };
  },
  variable: (name) => process.env[name],
};

serveWorker(api);
