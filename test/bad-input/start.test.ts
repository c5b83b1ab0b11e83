import { encodeSafetensors, decodeSafetensors, hostTensor } from '@lyceum/tensor';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { makeWeights } from '../processes/made-weights.js';
import { fileScope } from '../processes/scope.js';
import { entryOf, type ServiceName } from '../processes/service.js';

const scope = fileScope();
const file = (name: string) => join(scope.folder, name);
const trainer = ['--orchestrator-address', 'unix:/nowhere', '--artifacts-url', file('artifacts')];
const orchestrator = [
  '--state-url',
  `pglite://${file('other-state')}`,
  '--artifacts-url',
  file('artifacts'),
  '--socket-folder',
  scope.folder,
];
let taken = '';

beforeAll(async () => {
  const whole = readFileSync(await makeWeights(scope.folder));
  const { tensors, metadata } = decodeSafetensors(whole);
  writeFileSync(file('cut'), whole.subarray(0, whole.length - 100));
  writeFileSync(file('noise'), randomBytes(5000));
  writeFileSync(file('empty'), '');
  writeFileSync(file('good'), whole);
  writeFileSync(file('anonymous'), encodeSafetensors(tensors, {}));
  writeFileSync(file('foreign'), encodeSafetensors(tensors, { ...metadata, architecture: 'plan-cnn-8' }));
  writeFileSync(file('short'), encodeSafetensors(tensors.slice(1), metadata));
  const [first, ...rest] = tensors;
  const broken = hostTensor(first.name, Float32Array.from(first.data).fill(NaN, 3, 4), first.shape);
  writeFileSync(file('nan'), encodeSafetensors([broken, ...rest], metadata));
  mkdirSync(file('a-folder'));
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  scope.defer(() => void other.close());
});

/** Starts a service that must refuse: what it says, and its exit code. */
async function refusal(
  service: ServiceName,
  args: readonly string[],
  environment: Record<string, string> = {},
) {
  await using process = scope.spawn(service, [entryOf(service), ...args], { environment });
  const timer = setTimeout(() => void process.kill(), 60_000);
  const { code } = await process.ended;
  clearTimeout(timer);
  // Lines of JSON have their quotes escaped.
  return { code, log: process.log.replaceAll('\\"', '"') };
}

interface BadStart {
  readonly title: string;
  readonly service: ServiceName;
  readonly args: () => readonly string[];
  readonly says: RegExp;
  readonly environment?: Record<string, string>;
}

const teaching = (weights: string) => () => [
  '--address',
  scope.newSocket('t'),
  '--backend',
  'js',
  '--teachers',
  weights,
];
const weights: BadStart[] = [
  {
    title: 'weights that were cut short',
    args: teaching(`t=${file('cut')}`),
    says: /cut.*(truncated|ends|bytes|damaged)/,
  },
  { title: 'weights that are noise', args: teaching(`t=${file('noise')}`), says: /noise.*safetensors/ },
  { title: 'weights of nothing', args: teaching(`t=${file('empty')}`), says: /empty/ },
  {
    title: 'weights that are not there',
    args: teaching(`t=${file('nothing')}`),
    says: /teachers\[0\].*nothing/,
  },
  {
    title: 'a folder in the place of weights',
    args: teaching(`t=${file('a-folder')}`),
    says: /teachers\[0\].*a-folder/,
  },
  {
    title: 'weights that do not say their model',
    args: teaching(`t=${file('anonymous')}`),
    says: /does not say which model/,
  },
  {
    title: 'weights of an unknown model',
    args: teaching(`t=${file('foreign')}`),
    says: /no model "plan-cnn-8"; did you mean "plain-cnn-8"/,
  },
  { title: 'weights that lack a tensor', args: teaching(`t=${file('short')}`), says: /is missing/ },
  {
    title: 'weights with a number that is none',
    args: teaching(`t=${file('nan')}`),
    says: /must be finite, found NaN/,
  },
  {
    title: 'the second teacher of two',
    args: () => [...teaching(`t=${file('good')}`)(), '--teachers', `u=${file('noise')}`],
    says: /noise/,
  },
  {
    title: 'a teacher without a file',
    args: teaching('nonsense'),
    says: /teachers\[0\].*name=weights.safetensors, found "nonsense"/,
  },
  {
    title: 'two teachers of one name',
    args: () => [...teaching(`t=${file('good')}`)(), '--teachers', `t=${file('good')}`],
    says: /teachers\[1\].*"t"/,
  },
].map((start) => ({ ...start, service: 'teacher-inference' as const }));

const settings: BadStart[] = [
  {
    title: 'a folder for keys that is a file',
    service: 'teacher-inference',
    args: () => [...teaching(`t=${file('good')}`)(), '--cache-folder', file('noise')],
    says: /cacheFolder: ".*noise" cannot be used for keys: EEXIST/,
  },
  {
    title: 'no teachers',
    service: 'teacher-inference',
    args: () => [],
    says: /teachers: is required; give --teachers/,
  },
  {
    title: 'a flag that is misspelt',
    service: 'loss',
    args: () => ['--sesion-limit', '3'],
    says: /did you mean --session-limit/,
  },
  {
    title: 'a number out of its range',
    service: 'loss',
    args: () => ['--session-limit', '0'],
    says: /sessionLimit: must be a whole number.*found.*0/,
  },
  {
    title: 'a choice that is none',
    service: 'loss',
    args: () => ['--backend', 'tpu'],
    says: /backend: must be one of auto.*found.*tpu/,
  },
  {
    title: 'a bad environment',
    service: 'loss',
    args: () => [],
    environment: { LYCEUM_LOSS_THREAD_COUNT: 'many' },
    says: /threadCount:.*LYCEUM_LOSS_THREAD_COUNT/,
  },
  {
    title: 'an orchestrator without a place for its state',
    service: 'orchestrator',
    args: () => [],
    says: /stateUrl: is required/,
  },
  {
    title: 'a trainer without an orchestrator',
    service: 'student-trainer',
    args: () => [],
    says: /orchestratorAddress: is required/,
  },
  {
    title: 'an address that other machines reach',
    service: 'loss',
    args: () => ['--address', '0.0.0.0:0'],
    says: /address: 0\.0\.0\.0:0 can be reached from other machines/,
  },
  {
    title: 'an address that is none',
    service: 'loss',
    args: () => ['--address', 'nowhere'],
    says: /address.*nowhere/,
  },
  {
    title: 'state of an unknown kind',
    service: 'orchestrator',
    args: () => ['--state-url', 'mysql://x', ...orchestrator.slice(2)],
    says: /mysql/,
  },
];

const ports: BadStart[] = [
  { service: 'teacher-inference' as const, args: teaching(`t=${file('good')}`) },
  { service: 'loss' as const, args: () => [] },
  { service: 'orchestrator' as const, args: () => orchestrator },
  { service: 'student-trainer' as const, args: () => trainer },
].map(({ service, args }) => ({
  title: `a port in use (${service})`,
  service,
  args: () => [...args(), '--address', taken],
  says: /cannot listen on 127\.0\.0\.1:\d+: another process listens on it; stop that process or choose another address/,
}));

describe('a service refuses to start', () => {
  it.each([...weights, ...settings, ...ports])(
    'with $title',
    async ({ service, args, environment, says }) => {
      const { code, log } = await refusal(service, args(), environment);
      expect(log).toMatch(says);
      expect(code).toBeGreaterThan(0);
      // A message for people, not a trace for programmers.
      expect(log).not.toMatch(/\n\s+at /);
    },
  );

  it('as an orchestrator, when another one keeps its state in the same folder', async () => {
    await startOrchestrator(scope, { trainers: 0 });
    const args = [
      '--state-url',
      `pglite://${file('state')}`,
      ...orchestrator.slice(2),
      '--address',
      scope.newSocket('second'),
    ];
    const { code, log } = await refusal('orchestrator', args);
    expect(log).toMatch(/state/);
    expect(log).toMatch(/another process|in use|locked/);
    expect(code).toBeGreaterThan(0);
  });
});
