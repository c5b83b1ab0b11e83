import { State, type Run, type RunEvent, type Task } from '@lyceum/contracts/orchestrator';
import type { LoadedData } from '@lyceum/data';
import type { Evaluation } from '../evaluation.js';

/** A small run made up for tests, whose every number follows from the few below. */
export interface ExampleRun {
  readonly run: Run;
  readonly events: RunEvent[];
  readonly evaluations: Record<string, Evaluation>;
  readonly data: LoadedData;
}

export const exampleRecipe = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata:
  name: example
spec:
  title: Soft labels against none
  seed: 7
  data: { name: fashion-mnist, trainLimit: 1000, testLimit: 400 }
  models:
    teacher: { architecture: resnet20 }
    student: { architecture: resnet8 }
  training: { epochs: 4, batchSize: 50 }
  stages:
    - { name: teacher, kind: train, model: teacher }
    - { name: alone, kind: train, model: student }
    - name: kd
      kind: distill
      model: student
      teachers: [{ stage: teacher }]
      losses: [{ loss: ce, weight: 0.1 }, { loss: kd, weight: 0.9 }]
    - name: at
      kind: distill
      model: student
      teachers: [{ stage: teacher }]
      losses: [{ loss: ce }, { loss: at, weight: 1000 }]
  compare: { teacher: teacher, alone: alone, distilled: [kd, at] }
`;

export const exampleClasses = [
  ...[
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
];

const testCount = 400;
const stepCount = 80;

/** Which test samples each network gets wrong. */
const mistakes: Readonly<Record<string, (index: number) => boolean>> = {
  teacher: (index) => index % 20 === 0,
  alone: (index) => index % 5 === 0,
  kd: (index) => index % 8 === 0,
  at: (index) => index % 4 === 0,
};

const startTime = Date.UTC(2026, 10, 24, 12, 0, 0);
const at = (seconds: number): Date => new Date(startTime + 1000 * seconds);

export function exampleRun(): ExampleRun {
  const evaluations = Object.fromEntries(Object.keys(mistakes).map((name) => [name, evaluationOf(name)]));
  const tasks = [
    taskOf('teacher', 'train', { parameters: 272186, start: 1, end: 131 }),
    taskOf('alone', 'train', { parameters: 77754, start: 2, end: 52 }),
    taskOf('kd', 'distill', { parameters: 77754, start: 132, end: 197, bytes: 160000 }),
    taskOf('at', 'distill', { parameters: 77754, start: 133, end: 200.5, bytes: 9600000 }),
  ];
  const run: Run = {
    name: 'example-7f3a',
    recipeName: 'example',
    recipe: exampleRecipe,
    state: State.SUCCEEDED,
    tasks: tasks.map((task) => ({
      ...task,
      results: { ...task.results, accuracy: evaluations[task.name].accuracy },
    })),
    error: undefined,
    createTime: at(0),
    endTime: at(201),
    artifactRoot: 'file:///tmp/artifacts',
  };
  return {
    run,
    events: tasks.flatMap((task, i) => eventsOf(task, i * stepCount)),
    evaluations,
    data: exampleData(),
  };
}

interface Course {
  readonly parameters: number;
  readonly start: number;
  readonly end: number;
  readonly bytes?: number;
}

function taskOf(name: string, kind: string, { parameters, start, end, bytes = 0 }: Course): Task {
  return {
    name,
    stage: name,
    kind,
    state: State.SUCCEEDED,
    dependsOn: kind === 'distill' ? ['teacher'] : [],
    step: stepCount,
    stepCount,
    attempt: 1,
    worker: 'trainer-1',
    metrics: undefined,
    results: { parameterCount: parameters, adapterParameterCount: 0, receivedBytes: bytes, steps: stepCount },
    artifacts: { evaluation: `${name}/evaluation.json` },
    error: undefined,
    startTime: at(start),
    endTime: at(end),
  };
}

function eventsOf(task: Task, offset: number): RunEvent[] {
  const distilled = task.kind === 'distill';
  const floor = { teacher: 0.25, alone: 0.6, kd: 0.5, at: 0.55 }[task.name] ?? 0;
  return Array.from({ length: stepCount }, (_, step) => {
    const wave = 0.08 * Math.sin(12.9898 * (step + offset)) + 0.05 * Math.cos(4.1414 * (step + offset));
    const ce = floor + 2.1 * Math.exp(-step / 14) + wave;
    const own = { kd: ce * 1.4, at: 0.0011 * Math.exp(-step / 30) }[task.name];
    return {
      sequence: 1 + offset + step,
      time: at(step),
      kind: 'task.metrics',
      task: task.name,
      message: '',
      metrics: {
        step,
        epoch: Math.floor(step / 20),
        loss: task.name === 'kd' ? 0.1 * ce + 0.9 * (own ?? 0) : ce + 1000 * (own ?? 0),
        losses: own === undefined ? { ce } : { ce, [task.name]: own },
        accuracy: Math.min(1, Math.max(0, 0.97 - ce / 2.9)),
        learningRate: 0.05 * (0.5 + 0.5 * Math.cos((Math.PI * step) / stepCount)),
        samplesPerSecond: 800,
        waitShare: distilled ? (step < 20 ? 0.2 : 0) : 0,
        receivedBytes: Math.round(((step + 1) * task.results.receivedBytes) / stepCount),
      },
    };
  });
}

const labelOf = (index: number): number => Math.floor(index / (testCount / 10));

function evaluationOf(name: string): Evaluation {
  const predictions = Array.from({ length: testCount }, (_, index) =>
    mistakes[name](index) ? (labelOf(index) + 1 + (index % 3)) % 10 : labelOf(index),
  );
  const confusion = exampleClasses.map(() => exampleClasses.map(() => 0));
  predictions.forEach((predicted, index) => (confusion[labelOf(index)][predicted] += 1));
  const right = predictions.filter((predicted, index) => predicted === labelOf(index)).length;
  const accuracy = right / testCount;
  return { accuracy, loss: 0.5, sampleCount: testCount, classes: exampleClasses, confusion, predictions };
}

/** Pictures of 28 x 28: a frame whose size tells the class, shaded by the index. */
function exampleData(): LoadedData {
  const split = (count: number) => {
    const images = new Uint8Array(count * 784);
    const labels = Int32Array.from({ length: count }, (_, index) => labelOf(index % testCount));
    for (let i = 0; i < images.length; i += 1) {
      const [index, y, x] = [Math.floor(i / 784), Math.floor((i % 784) / 28), i % 28];
      const distance = Math.max(Math.abs(x - 13.5), Math.abs(y - 13.5));
      images[i] = Math.abs(distance - labels[index] - 2) < 2 ? 120 + ((index * 37 + x * 3) % 136) : 0;
    }
    return { count, images, labels };
  };
  return {
    name: 'fashion-mnist',
    shape: [28, 28, 1],
    sampleSize: 784,
    classes: exampleClasses,
    normalization: { mean: [0.286], std: [0.353] },
    digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
    source: 'made up for a test',
    train: split(1000),
    test: split(testCount),
  };
}
