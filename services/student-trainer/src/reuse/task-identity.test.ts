import { parseRecipe, planRecipe, type TaskSpec } from '@lyceum/recipes';
import { describe, expect, it } from 'vitest';
import { taskIdentity, type IdentitySources } from './task-identity.js';

interface Names {
  readonly teacher?: string;
  readonly student?: string;
  readonly seed?: number;
  readonly temperature?: number;
  readonly trainLimit?: number;
}

function distilled({ teacher = 'big', student = 'small', ...change }: Names = {}): TaskSpec {
  const { seed = 1, temperature = 4, trainLimit = 100 } = change;
  const recipe = parseRecipe(`
apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: any }
spec:
  seed: ${seed}
  data: { name: fashion-mnist, trainLimit: ${trainLimit} }
  models: { t: { architecture: resnet20 }, s: { architecture: resnet8 } }
  stages:
    - { name: ${teacher}, kind: train, model: t }
    - { name: base, kind: train, model: s }
    - name: ${student}
      kind: distill
      model: s
      teachers: [{ stage: ${teacher} }]
      init: { stage: base }
      losses: [{ loss: kd, params: { temperature: ${temperature} } }]
`);
  const found = planRecipe(recipe).find(({ name }) => name === student);
  if (found === undefined) throw new Error('it is planned');
  return found.spec;
}

const computedBy = { Engine: 'tfjs-node 4.22.0', Device: 'cpu, 1 threads', program: 'abc' };
const contents: Readonly<Record<string, string>> = {
  'big/weights.safetensors': 'T',
  'large/weights.safetensors': 'T',
  'base/weights.safetensors': 'B',
};
const sources: IdentitySources = {
  contentOf: async (text) => contents[text],
  dataDigest: 'sha256:data',
  computedBy,
};
const identity = (spec: TaskSpec, change: Partial<IdentitySources> = {}) =>
  taskIdentity(spec, { ...sources, ...change });

describe('the identity of a task', () => {
  it('is 64 hex digits, and the same for the same', async () => {
    expect(await identity(distilled())).toMatch(/^[0-9a-f]{64}$/);
    expect(await identity(distilled())).toBe(await identity(distilled()));
  });

  it('does not depend on what stages are called', async () => {
    expect(await identity(distilled({ teacher: 'large', student: 'kd' }))).toBe(await identity(distilled()));
  });

  it('does not depend on the order of fields', async () => {
    const spec = distilled();
    const reversed = Object.fromEntries(Object.entries(spec).reverse()) as TaskSpec;
    expect(await identity(reversed)).toBe(await identity(spec));
  });

  it.each<[string, Names]>([
    ['the seed', { seed: 2 }],
    ["a loss's parameter", { temperature: 5 }],
    ['the number of samples', { trainLimit: 90 }],
  ])('changes with %s', async (_, change) => {
    expect(await identity(distilled(change))).not.toBe(await identity(distilled()));
  });

  it.each<[string, Partial<IdentitySources>]>([
    [
      "the teacher's weights",
      { contentOf: async (text) => (text.startsWith('big/') ? 'other' : contents[text]) },
    ],
    [
      'the weights it starts from',
      { contentOf: async (text) => (text.startsWith('base/') ? 'other' : contents[text]) },
    ],
    ['the data', { dataDigest: 'sha256:other' }],
    ['the number of threads', { computedBy: { ...computedBy, Device: 'cpu, 2 threads' } }],
    ['the program', { computedBy: { ...computedBy, program: 'abd' } }],
  ])('changes with %s', async (_, change) => {
    expect(await identity(distilled(), change)).not.toBe(await identity(distilled()));
  });
});
