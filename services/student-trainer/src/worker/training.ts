import type { LoadedData } from '@lyceum/data';
import { tf, type Optimizer, toEngineMap, toHost } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import type { Model } from '@lyceum/models';
import { learningRateAt, type TrainTask } from '@lyceum/recipes';
import { decodeSafetensors, encodeSafetensors, type HostTensor } from '@lyceum/tensor';
import type { BatchName } from '../batch-names.js';
import { Batches } from './batches.js';
import type { Restored, StepKeys, StepNumbers } from './compute-api.js';
import { assignAll } from './assign-all.js';
import type { LossTerm, TermInput } from './loss-term.js';

/** Gives the peers' keys for this step, having published this student's; mid-step, after its forward pass. */
export type PeerExchange = (
  step: number,
  outputs: Readonly<Record<string, tf.Tensor>>,
  images: tf.Tensor4D,
) => StepKeys;

export interface TrainingParts {
  readonly task: TrainTask;
  /** As the network sees it. */
  readonly data: LoadedData;
  readonly model: Model;
  readonly terms: readonly LossTerm[];
  readonly optimizer: Optimizer;
  /** What the optimizer updates, by name. */
  readonly trained: Readonly<Record<string, tf.Variable>>;
  /** Student taps that the forward pass must give. */
  readonly wantedTaps: readonly string[];
  readonly exchange?: PeerExchange;
}

/** One student in training: steps, and checkpoints that hold everything a step depends on. */
export class Training {
  readonly batches: Batches;
  readonly stepCount: number;
  private nextStep = 0;
  /** When the last step ended; other work in between (a checkpoint) is no waiting. */
  private freeSince: number | undefined;

  constructor(private readonly parts: TrainingParts) {
    this.batches = new Batches(parts.task, parts.data);
    this.stepCount = this.batches.names.stepsPerEpoch * parts.task.training.epochs;
  }

  /** Forward, losses, backward, optimizer: one straight line. */
  step(step: number, keys: StepKeys): StepNumbers {
    const started = performance.now();
    const waitMs = started - (this.freeSince ?? started);
    const { task, optimizer, trained } = this.parts;
    const { epochs, schedule, optimizer: config } = task.training;
    const epoch = Math.floor(step / this.batches.names.stepsPerEpoch);
    const learningRate =
      config.learningRate * learningRateAt(schedule, step / this.batches.names.stepsPerEpoch, epochs);
    const batch = this.batches.names.name(step);
    const labels = this.batches.labels(batch);
    const numbers = tf.tidy(() => {
      const input: StepInput = {
        answers: keyTensors(keys),
        labels: tf.tensor1d(labels, 'int32'),
        isLabelled: this.parts.data.train.isUnlabelled !== true,
        indices: tf.tensor1d(batch.indices, 'int32'),
        step,
        epoch,
      };
      const kept: KeptNumbers = { losses: {}, accuracy: 0 };
      const { value, grads } = tf.variableGrads(() => this.total(batch, input, kept), Object.values(trained));
      const loss = value.dataSync()[0];
      requireFinite(loss, kept.losses, step);
      optimizer.apply(byOwnName(grads, trained), learningRate);
      return { loss, ...kept };
    });
    this.nextStep = step + 1;
    this.freeSince = performance.now();
    const busyMs = this.freeSince - started;
    return { ...numbers, step, epoch, learningRate, sampleCount: labels.length, busyMs, waitMs };
  }

  private total(batch: BatchName, input: StepInput, kept: KeptNumbers): tf.Scalar {
    const { model, terms, wantedTaps, exchange, task } = this.parts;
    const seen = this.batches.images(batch);
    let whole: tf.Tensor4D | undefined;
    const images = () => (whole ??= this.batches.wholeImages(batch, seen));
    const outputs = model.forward(seen, wantedTaps, { training: true, frozenParts: task.freeze ?? [] });
    kept.accuracy = accuracyOf(outputs.logits, input.labels);
    const fromPeers = exchange?.(input.step, outputs, seen) ?? {};
    const answers = new Map([...input.answers, ...keyTensors(fromPeers)]);
    const epoch = input.step / this.batches.names.stepsPerEpoch;
    const shares = terms.map((term) => {
      const keys = keysOfTerm(answers, term);
      const weight = term.weightAt(epoch);
      const { value, weighted } = term.apply({ ...input, images, outputs, answers, keys, weight });
      kept.losses[term.as] = value.dataSync()[0];
      return weighted;
    });
    return tf.addN(shares);
  }

  /** Weights, adapters, optimizer, loss state and position in one file. */
  checkpoint(peerKeys: readonly HostTensor[]): Uint8Array {
    const { model, terms, optimizer, task } = this.parts;
    const tensors: HostTensor[] = [
      ...model.parameters.map(({ name, variable }) => toHost(`model/${name}`, variable)),
      ...Object.entries(optimizer.state()).map(([name, tensor]) => toHost(`optimizer/${name}`, tensor)),
      ...terms.flatMap((term) => [
        ...[...term.variables].map(([name, variable]) => toHost(`adapter/${term.as}/${name}`, variable)),
        ...term.exportState().map((host) => ({ ...host, name: `state/${term.as}/${host.name}` })),
      ]),
      ...peerKeys.map((host) => ({ ...host, name: `peer/${host.name}` })),
    ];
    this.freeSince = undefined;
    return encodeSafetensors(tensors, { step: String(this.nextStep), task: task.task });
  }

  /** What the losses train beside the network, `<loss name>/<tensor>`; empty when they train nothing. */
  adapters(): HostTensor[] {
    return this.parts.terms.flatMap((term) =>
      [...term.variables].map(([name, variable]) => toHost(`${term.as}/${name}`, variable)),
    );
  }

  /** Goes on from a checkpoint. */
  restore(checkpoint: Uint8Array): Restored {
    const { tensors, metadata } = decodeSafetensors(checkpoint);
    const { model, terms, optimizer } = this.parts;
    const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    assignAll(new Map(model.parameters.map((p) => [p.name, p.variable])), byName, 'model/', damaged);
    const under = (prefix: string) =>
      tensors
        .filter(({ name }) => name.startsWith(prefix))
        .map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) }));
    optimizer.restore(toEngineMap(under('optimizer/')));
    for (const term of terms) {
      assignAll(term.variables, byName, `adapter/${term.as}/`, damaged);
      const state = under(`state/${term.as}/`);
      if (state.length > 0) term.importState(state);
    }
    this.nextStep = Number(metadata.step);
    return { nextStep: this.nextStep, peerKeys: under('peer/') };
  }

  dispose(): void {
    for (const term of this.parts.terms) term.dispose();
    this.parts.optimizer.dispose();
    this.parts.model.dispose();
  }
}

/** Gradients by our names instead of the engine's. */
function byOwnName(
  gradients: tf.NamedTensorMap,
  trained: Readonly<Record<string, tf.Variable>>,
): Record<string, tf.Tensor> {
  const found = Object.entries(trained).filter(([, variable]) => variable.name in gradients);
  return Object.fromEntries(found.map(([name, variable]) => [name, gradients[variable.name]]));
}

/** Read within the forward pass: its tensors are gone when the gradients are known. */
interface KeptNumbers {
  readonly losses: Record<string, number>;
  accuracy: number;
}

type Keys = TermInput['keys'];
type StepInput = Omit<TermInput, 'outputs' | 'images' | 'keys' | 'weight'>;

function keyTensors(keys: StepKeys): Keys {
  return new Map(Object.entries(keys).map(([source, tensors]) => [source, toEngineMap(tensors)]));
}

/** The keys of one loss, without its name in front of theirs; raw taps under the names of the slots they fill. */
function keysOfTerm(answers: Keys, term: LossTerm): Keys {
  const prefix = `${term.as}/`;
  return new Map(
    term.sources.map((source) => {
      const sent = answers.get(source) ?? {};
      const raw = Object.entries(term.rawTaps?.[source] ?? {}).filter(([, tap]) => tap in sent);
      const own = Object.entries(sent).filter(([name]) => name.startsWith(prefix));
      return [
        source,
        Object.fromEntries([
          ...raw.map(([slot, tap]) => [slot, sent[tap]] as const),
          ...own.map(([name, tensor]) => [name.slice(prefix.length), tensor] as const),
        ]),
      ];
    }),
  );
}

function accuracyOf(logits: tf.Tensor | undefined, labels: tf.Tensor1D): number {
  if (logits === undefined) return 0;
  return tf.tidy(() => tf.mean(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32')).dataSync()[0]);
}

function requireFinite(loss: number, losses: Record<string, number>, step: number): void {
  if (Number.isFinite(loss)) return;
  const bad = Object.entries(losses).filter(([, value]) => !Number.isFinite(value));
  const names = bad.map(([name, value]) => `${name} = ${value}`).join(', ') || `total = ${loss}`;
  throw new LyceumError(
    'NON_FINITE',
    `losses: not finite at step ${step} (${names}); lower the learning rate or the loss's weight`,
    {
      violations: bad.map(([name]) => ({
        field: `losses.${name}`,
        description: `not finite at step ${step}`,
      })),
    },
  );
}

function damaged(name: string, reason: string): LyceumError {
  return new LyceumError(
    'CORRUPT_FILE',
    `checkpoint: tensor "${name}" ${reason}; it was made by another recipe or is damaged`,
  );
}
