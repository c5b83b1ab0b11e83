import { tf } from '@lyceum/engine';
import { invalidField, LyceumError } from '@lyceum/errors';
import { createRandom, type Random } from '@lyceum/random';
import { elementCount, hostTensor, type HostTensor } from '@lyceum/tensor';
import { describeOwned } from './describe.js';
import { initialTensors } from './initialize.js';
import { asSlotTensors, computeKey, keyShapes } from './keys.js';
import type { AnyLoss, KeySet, LossOutput, LossSetting, OwnedTensor, TensorMap } from './loss.js';
import { findLoss } from './registry.js';
import { settingOf, type SettingOptions } from './setting.js';
import { checkStep, type KeyShapes } from './step-checks.js';

/** How a session is opened: a loss by id (or a module), its parameters, shapes and seed. */
export interface OpenOptions extends SettingOptions {
  readonly id?: string;
  /** Instead of `id`: a module that is not in the registry. */
  readonly module?: AnyLoss;
  /** Name of the stream of random numbers, when a recipe uses one loss twice; default: the id. */
  readonly name?: string;
  readonly seed?: number;
}

/** Inputs of one step. Tensors stay the caller's. */
export interface LossStep {
  /** Taps by slot. */
  readonly student: TensorMap;
  /** Key sets in the order of the sources, or the only source's tensors. */
  readonly keys?: readonly KeySet[] | TensorMap;
  readonly weights?: TensorMap;
  /** `[N]`. */
  readonly labels?: Int32Array | tf.Tensor1D;
  /** `[N]`. */
  readonly indices?: Int32Array | tf.Tensor1D;
  readonly step: number;
  readonly epoch?: number;
  /** Images and frozen constants by name, see `LossModule.extra`. */
  readonly extra?: TensorMap;
}

/** A state tensor off the engine. */
export type StateValues = Pick<HostTensor, 'shape' | 'data'>;

/** One loss at work: it holds the state that persists between steps. */
export interface LossSession {
  readonly module: AnyLoss;
  readonly setting: LossSetting;
  readonly params: LossSetting['params'];
  /** State by name; replaced by every `apply`. */
  readonly state: TensorMap;
  /** First values of the adapters' weights; the caller owns, trains and disposes of them. */
  initialWeights(): Record<string, tf.Tensor>;
  /** Copies of the state, for a checkpoint. */
  exportState(): Record<string, HostTensor>;
  /** Puts state back; nothing changes when it does not fit. @throws LyceumError SHAPE_MISMATCH naming the tensor. */
  importState(state: Readonly<Record<string, StateValues>>): void;
  /** The teacher's half, for callers that hold the teacher's raw taps. */
  key(taps: TensorMap, source?: string, extra?: TensorMap): TensorMap;
  /**
   * One step: value, terms, and the next state, which is committed. Runs inside the caller's `tf.tidy` and
   * gradient functions; one call a step.
   * @throws LyceumError SHAPE_MISMATCH or INDEX_OUT_OF_RANGE naming the slot; the state is then unchanged.
   */
  apply(step: LossStep): LossOutput;
  dispose(): void;
}

/**
 * Opens a session.
 * @throws LyceumError UNKNOWN_NAME, INVALID_FIELD or TAPS_DO_NOT_MATCH for what cannot work.
 */
export function openLoss(options: OpenOptions): LossSession {
  const module = options.module ?? findLoss(options.id ?? '');
  return new OpenSession(module, settingOf(module, options), options.name ?? module.id, options.seed ?? 0);
}

class OpenSession implements LossSession {
  readonly #owned: { readonly adapters: readonly OwnedTensor[]; readonly state: readonly OwnedTensor[] };
  readonly #keyShapes: KeyShapes;
  #state: Record<string, tf.Tensor>;
  /** State of the step before: a gradient may still read it until the next step. */
  #retired: tf.Tensor[] = [];

  constructor(
    readonly module: AnyLoss,
    readonly setting: LossSetting,
    private readonly name: string,
    private readonly seed: number,
  ) {
    this.#owned = describeOwned(module, setting);
    this.#keyShapes = sourceKeyShapes(module, setting);
    this.#state = keepAll(initialTensors(this.#owned.state, (tensor) => this.#stream('state', tensor)));
  }

  get params(): LossSetting['params'] {
    return this.setting.params;
  }

  get state(): TensorMap {
    return this.#state;
  }

  initialWeights(): Record<string, tf.Tensor> {
    return initialTensors(this.#owned.adapters, (tensor) => this.#stream('weights', tensor));
  }

  exportState(): Record<string, HostTensor> {
    const entries = Object.entries(this.#state).map(([name, tensor]) => [
      name,
      hostTensor(name, Float32Array.from(tensor.dataSync()), tensor.shape),
    ]);
    return Object.fromEntries(entries) as Record<string, HostTensor>;
  }

  importState(state: Readonly<Record<string, StateValues>>): void {
    const next = this.#owned.state.map(({ name, shape }) => {
      const given = state[name];
      if (given === undefined) throw stateMismatch(name, 'is missing');
      if (given.shape.join() !== shape.join() || given.data.length !== elementCount(shape)) {
        const found = `[${given.shape.join(', ')}] with ${given.data.length} numbers`;
        throw stateMismatch(name, `must have shape [${shape.join(', ')}], found ${found}`);
      }
      return [name, Float32Array.from(given.data), shape] as const;
    });
    for (const [name, data, shape] of next) {
      const tensor = tf.tensor(data, [...shape]);
      this.#commit({ [name]: tensor });
      tensor.dispose();
    }
  }

  key(
    taps: TensorMap,
    source = this.setting.sources[0]?.source ?? 'teacher',
    extra: TensorMap = {},
  ): TensorMap {
    const { params, studentShapes } = this.setting;
    return computeKey(this.module, taps, { params, studentShapes, source, extra });
  }

  apply(step: LossStep): LossOutput {
    const { module, setting } = this;
    const checked = checkStep(module, setting, this.#owned.adapters, this.#keyShapes, step);
    for (const tensor of this.#retired.splice(0)) tensor.dispose();
    const output = module.value({
      params: setting.params,
      student: asSlotTensors(module.student, step.student, 'student'),
      keys: checked.keys,
      ...(checked.labels === undefined ? {} : { labels: checked.labels }),
      ...(checked.indices === undefined ? {} : { indices: checked.indices }),
      weights: step.weights ?? {},
      state: this.#state,
      setting,
      step: step.step,
      epoch: step.epoch ?? 0,
      random: (name) => this.#stream('step', step.step, name),
      extra: step.extra ?? {},
    });
    this.#commit(output.state ?? {});
    return output;
  }

  dispose(): void {
    for (const tensor of [...this.#retired.splice(0), ...Object.values(this.#state)]) tensor.dispose();
    this.#state = {};
  }

  #stream(...path: (string | number)[]): Random {
    return createRandom(this.seed, 'loss', this.name, ...path);
  }

  #commit(next: TensorMap): void {
    for (const [name, tensor] of Object.entries(next)) {
      const before = this.#state[name];
      if (before === undefined)
        throw invalidField(`state.${name}`, `"${this.module.id}" declares no such state`);
      if (tensor === before) continue;
      this.#retired.push(before);
      this.#state[name] = tf.keep(tf.clone(tensor));
    }
  }
}

/** Key shapes of all sources; none are known where the key half has an extra input of unknown shape. */
function sourceKeyShapes(module: AnyLoss, setting: LossSetting): KeyShapes {
  const unknown = module.extra?.some(({ half, shape }) => half === 'key' && shape === undefined) === true;
  return new Map(
    setting.sources.map(({ source }) => [source, unknown ? {} : keyShapes(module, setting, source)]),
  );
}

function keepAll(tensors: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  for (const tensor of Object.values(tensors)) tf.keep(tensor);
  return tensors;
}

function stateMismatch(name: string, description: string): LyceumError {
  const field = `state.${name}`;
  return new LyceumError('SHAPE_MISMATCH', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
