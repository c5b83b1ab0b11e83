import { openArtifacts, type ArtifactStore } from '@lyceum/artifacts';
import type { OrchestratorClient } from '@lyceum/client';
import { State, type Run, type RunEvent, type Task } from '@lyceum/contracts/orchestrator';
import type { StepMetrics } from '@lyceum/contracts/trainer';
import { buildModel, restoreModel, type Model } from '@lyceum/models';
import {
  evaluationKey,
  parseRecipe,
  planRecipe,
  selectionKey,
  weightsKey,
  type TrainTask,
} from '@lyceum/recipes';
import { decodeSafetensors, type HostTensor } from '@lyceum/tensor';
import { randomUUID } from 'node:crypto';

type Tensors = ReadonlyMap<string, HostTensor>;

/** What the tests read of an evaluation. */
interface Evaluation {
  readonly sampleCount: number;
  readonly attention?: readonly {
    readonly tap: string;
    readonly shape: readonly number[];
    readonly samples: readonly (readonly number[])[];
  }[];
}

/** A recipe that ran to its end, and what it left. */
export class TinyRun {
  private readonly artifacts: ArtifactStore;

  private constructor(
    private readonly run: Run,
    private readonly events: readonly RunEvent[],
    /** Its trainings, in the recipe's order. */
    readonly trainings: readonly TrainTask[],
  ) {
    this.artifacts = openArtifacts(run.artifactRoot);
  }

  /** Runs a recipe's text on an orchestrator; what an earlier one had in common with it is not trained again. */
  static async of(orchestrator: OrchestratorClient, recipe: string): Promise<TinyRun> {
    const trainings = planRecipe(parseRecipe(recipe)).flatMap(({ spec }) =>
      spec.kind === 'train' ? [spec] : [],
    );
    const { name } = await orchestrator.createRun({
      requestId: randomUUID(),
      recipe,
      resume: '',
      reuse: true,
    });
    const events: RunEvent[] = [];
    for await (const { event } of orchestrator.watchRun({ name, afterSequence: 0 })) {
      if (event !== undefined) events.push(event);
    }
    return new TinyRun(await orchestrator.getRun(name), events, trainings);
  }

  get tasks(): readonly Task[] {
    return this.run.tasks;
  }

  /** What went wrong, or `succeeded`. */
  get ending(): string {
    const wrong = this.tasks.flatMap(({ name, error }) => (error ? [`${name}: ${error.message}`] : []));
    return wrong.length > 0 ? wrong.join('\n') : State[this.run.state].toLowerCase();
  }

  task(name: string): Task {
    const found = this.tasks.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no task ${name}`);
    return found;
  }

  training(name: string): TrainTask {
    const found = this.trainings.find(({ task }) => task === name);
    if (found === undefined) throw new Error(`there is no training ${name}`);
    return found;
  }

  /** Numbers of a training's steps. */
  steps(task: string): StepMetrics[] {
    return this.events.flatMap((event) => (event.task === task && event.metrics ? [event.metrics] : []));
  }

  /** What people were told of a task. */
  messages(task: string): string[] {
    return this.events.flatMap((event) => (event.task === task ? [event.message] : []));
  }

  /** The losses of a training's first step, by name. */
  first(task: string): Readonly<Record<string, number>> {
    const [first] = this.steps(task);
    if (first.step !== 0) throw new Error(`the first numbers of ${task} are of step ${first.step}`);
    return first.losses;
  }

  /** The trained network, as a teacher or an export would read it. */
  async weights(task: string): Promise<Tensors> {
    return tensorsOf(await this.artifacts.get(`${this.run.name}/${weightsKey(task)}`));
  }

  /** The trained network, for its owner to dispose of. */
  async model(task: string): Promise<Model> {
    return restoreModel(await this.artifacts.get(`${this.run.name}/${weightsKey(task)}`));
  }

  /** The last checkpoint: network, adapters, losses' state and optimizer. */
  async checkpoint(task: string): Promise<Tensors> {
    const saved = await this.artifacts.list(`${this.run.name}/${task}/checkpoints`);
    return tensorsOf(await this.artifacts.get([...saved].sort().reverse()[0]));
  }

  /** How the trained network did on the test images. */
  async evaluation(task: string): Promise<Evaluation> {
    const bytes = await this.artifacts.get(`${this.run.name}/${evaluationKey(task)}`);
    return JSON.parse(Buffer.from(bytes).toString()) as Evaluation;
  }

  /** The taps that a stage selected, shallow to deep. */
  async selectedTaps(task: string): Promise<readonly string[]> {
    const file = await this.artifacts.get(`${this.run.name}/${selectionKey(task)}`);
    return (JSON.parse(Buffer.from(file).toString()) as { taps: string[] }).taps;
  }

  /** Layers (the first part of a parameter's name) that training has changed. */
  async changedLayers(task: string): Promise<string[]> {
    const { model, seed } = this.training(task);
    const fresh = buildModel({ ...ofFashion, architecture: model.architecture }, seed);
    const after = await this.weights(task);
    const changed = fresh.parameters.filter(({ name, variable }) => {
      const trained = after.get(name)?.data ?? [];
      return variable.dataSync().some((value, i) => value !== trained[i]);
    });
    fresh.dispose();
    return [...new Set(changed.map(({ name }) => name.split('.')[0]))].sort();
  }
}

/** What the library's images decide of a network. */
export const ofFashion = { classCount: 10, inputShape: [28, 28, 1] } as const;

function tensorsOf(file: Uint8Array): Tensors {
  return new Map(decodeSafetensors(file).tensors.map((tensor) => [tensor.name, tensor]));
}
