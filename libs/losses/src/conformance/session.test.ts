import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeLoss, describeOwned } from '../describe.js';
import { losses } from '../registry.js';
import { openLoss, type LossSession } from '../session.js';
import { exampleStep, type ExampleStep } from './example-step.js';
import { exampleTaps, exampleTensors } from './example-tensors.js';
import { runExample } from './run-example.js';

const all = [...losses.values()].map((module) => [module.id, module] as const);
const open = (example: ExampleStep, id: string): LossSession => openLoss({ ...example.options, id, seed: 3 });

beforeAll(() => startEngine({ backend: 'auto' }));

describe.each(all)('%s', (id, module) => {
  it('gives a finite value, a gradient for every tap and weight, and leaks no tensor', () => {
    const example = exampleStep(module);
    const session = open(example, id);
    const weights = session.initialWeights();
    runExample(session, example, weights, 0);
    runExample(session, example, weights, 1);
    const before = tf.memory().numTensors;
    const result = runExample(session, example, weights, 2);
    expect(tf.memory().numTensors).toBe(before);
    expect(result.value).toSatisfy(Number.isFinite);
    const names = [
      ...Object.keys(example.student).map((n) => `student.${n}`),
      ...Object.keys(weights).map((n) => `weights.${n}`),
    ];
    expect(Object.keys(result.gradients)).toEqual(names);
    for (const gradient of Object.values(result.gradients))
      expect(gradient.every(Number.isFinite)).toBe(true);
    const moved = Object.entries(result.gradients).filter(([, gradient]) => gradient.some((x) => x !== 0));
    expect(moved.length).toBeGreaterThan(0);
    session.dispose();
    tf.dispose(weights);
  });

  it('goes on from an exported state as if it had never stopped', () => {
    const example = exampleStep(module);
    const whole = open(example, id);
    const weights = whole.initialWeights();
    runExample(whole, example, weights, 0);
    const resumed = openLoss({ ...example.options, id, seed: 3 });
    resumed.importState(whole.exportState());
    expect(resumed.exportState()).toEqual(whole.exportState());
    const other = exampleStep(module, { seed: 2 });
    expect(runExample(resumed, other, weights, 1)).toEqual(runExample(whole, other, weights, 1));
    expect(resumed.exportState()).toEqual(whole.exportState());
  });

  it('refuses a state that does not fit, and keeps its own', () => {
    if (module.state === undefined) return;
    const session = open(exampleStep(module), id);
    const state = session.exportState();
    const [[name, { shape }], ...others] = Object.entries(state);
    const wider = { shape: [...shape, 2], data: new Float32Array(2 * state[name].data.length) };
    expect(() => session.importState(Object.fromEntries(others))).toThrow(`state.${name}: is missing`);
    expect(() => session.importState({ ...state, [name]: wider })).toThrow(`state.${name}: must have shape`);
    expect(session.exportState()).toEqual(state);
  });

  it('draws the same weights, state and random choices for the same seed, and others for another', () => {
    const example = exampleStep(module);
    const results = [3, 3, 4].map((seed) => {
      const session = openLoss({ ...example.options, id, seed });
      const weights = session.initialWeights();
      const state = session.exportState();
      return {
        state,
        weights: Object.values(weights).map((tensor) => tensor.dataSync()),
        step: runExample(session, example, weights),
      };
    });
    expect(results[0]).toEqual(results[1]);
    const random = describeOwned(module, open(example, id).setting).adapters.some(
      ({ initializer }) => initializer.kind !== 'constant',
    );
    if (random) expect(results[2].weights).not.toEqual(results[0].weights);
  });

  it('computes the same keys sample by sample as in a batch, unless it says otherwise', () => {
    if (module.keyIsPerBatch === true || module.teacher.length === 0) return;
    const example = exampleStep(module);
    const session = open(example, id);
    const { extra } = exampleTensors(example, session);
    for (const { source, tensors } of exampleTaps(example)) {
      const together = session.key(tensors, source, extra);
      const alone = Array.from({ length: example.batch }, (_, row) =>
        session.key(
          Object.fromEntries(Object.entries(tensors).map(([name, tap]) => [name, tf.slice(tap, row, 1)])),
          source,
          extra,
        ),
      );
      for (const [name, key] of Object.entries(together)) {
        const joined = tf.concat(
          alone.map((keys) => keys[name]),
          0,
        );
        const gap = tf.max(tf.abs(tf.sub(joined, key))).dataSync()[0];
        expect(gap, `${source}.${name}`).toBeLessThan(1e-6);
      }
    }
  });

  it('refuses an image or constant of another shape, naming it', () => {
    const example = exampleStep(module);
    const session = open(example, id);
    const inputs = exampleTensors(example, session);
    const read = (module.extra ?? []).filter(({ half, from, shape, when }) => {
      return half === 'value' && from !== 'random' && shape && when?.(session.params) !== false;
    });
    for (const { name } of read) {
      const extra = { ...inputs.extra, [name]: tf.zeros([example.batch, 1]) };
      const step = { ...inputs, extra, weights: session.initialWeights(), step: 0 };
      expect(() => session.apply(step)).toThrow(`extra.${name}: must have shape [`);
    }
  });

  it('refuses a student tap of another shape, a missing tap and unequal batches, naming the slot', () => {
    const example = exampleStep(module);
    const session = open(example, id);
    const weights = session.initialWeights();
    const inputs = { ...exampleTensors(example, session), weights, step: 0 };
    const [[slot, tap], ...others] = Object.entries(inputs.student);
    const state = session.exportState();
    const student = {
      ...inputs.student,
      [slot]: tf.zeros([...tap.shape.slice(0, -1), (tap.shape.at(-1) ?? 0) + 1]),
    };
    expect(() => session.apply({ ...inputs, student })).toThrow(`student.${slot}: must have shape`);
    expect(() => session.apply({ ...inputs, student: Object.fromEntries(others) })).toThrow(/student\.\w+/);
    expect(() => session.apply({ ...inputs, student: { ...inputs.student, other: tap } })).toThrow(
      'student.other',
    );
    expect(() => session.apply({ ...inputs, labels: Int32Array.of(0) })).toThrow(
      'labels: must have shape [4]',
    );
    for (const name of Object.keys(weights)) {
      const rest = Object.fromEntries(Object.entries(weights).filter(([other]) => other !== name));
      expect(() => session.apply({ ...inputs, weights: rest })).toThrow(`weights.${name}: is missing`);
    }
    expect(session.exportState()).toEqual(state);
  });

  it('refuses labels and positions past the end, and their absence where they are needed', () => {
    const example = exampleStep(module);
    const session = open(example, id);
    const inputs = { ...exampleTensors(example, session), weights: session.initialWeights(), step: 0 };
    expect(() => session.apply({ ...inputs, labels: Int32Array.of(0, 1, 9, 1) })).toThrow(
      'labels[2]: must be from 0 to 4, found 9',
    );
    expect(() => session.apply({ ...inputs, labels: Int32Array.of(0, -1, 0, 1) })).toThrow('labels[1]');
    const unlabelled = Object.fromEntries(
      Object.entries(inputs).filter(([name]) => name !== 'labels'),
    ) as typeof inputs;
    if (module.needsLabels?.(session.params) === true)
      expect(() => session.apply(unlabelled)).toThrow('labels: the loss needs them');
    if (module.needsIndices !== true) return;
    expect(() => session.apply({ ...inputs, indices: Int32Array.of(0, 1, 2, 12) })).toThrow(
      'indices[3]: must be from 0 to 11, found 12',
    );
  });

  it('refuses keys that are missing or of another batch', () => {
    const example = exampleStep(module);
    const session = open(example, id);
    const inputs = { ...exampleTensors(example, session), weights: session.initialWeights(), step: 0 };
    if (module.teacher.length === 0) return;
    expect(() => session.apply({ ...inputs, keys: [] })).toThrow('keys: one set from each of');
    if (module.keyIsPerBatch === true) return;
    const short = (inputs.keys as readonly { source: string; tensors: Record<string, tf.Tensor> }[]).map(
      ({ source, tensors }) => ({
        source,
        tensors: Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]) => [name, tf.slice(tensor, 0, 3)]),
        ),
      }),
    );
    expect(() => session.apply({ ...inputs, keys: short })).toThrow('must have shape [4');
  });

  it('refuses an unknown parameter and an unknown slot with the nearest name', () => {
    const { options } = exampleStep(module);
    expect(() => openLoss({ ...options, id, params: { nonsense: 1 } })).toThrow(
      'params.nonsense: there is no such parameter',
    );
    const [[slot, shape]] = Object.entries(options.studentShapes);
    const misspelt = { ...options.studentShapes, [`${slot}x`]: shape };
    expect(() => openLoss({ ...options, id, studentShapes: misspelt })).toThrow(
      `there is no slot "${slot}x"; did you mean`,
    );
    expect(() => openLoss({ ...options, id, studentShapes: {} })).toThrow('the loss needs this tap');
  });

  it('is described in plain data that survives JSON', () => {
    const description = describeLoss(module);
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    expect(description.equation.length).toBeGreaterThan(10);
    for (const param of description.params) expect(param.doc.length, param.name).toBeGreaterThan(3);
    const setting = open(exampleStep(module), id).setting;
    const owned = describeOwned(module, setting);
    expect(owned.state.length > 0).toBe(description.stateful);
    expect(owned.adapters.length > 0).toBe(description.trainsAdapters);
  });
});
