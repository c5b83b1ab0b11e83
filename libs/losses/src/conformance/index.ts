export { exampleStep, type ExampleOptions, type ExampleStep } from './example-step.js';
export { exampleTaps, exampleTensors } from './example-tensors.js';
export { mapTensors, runExample, type Change, type ExampleResult } from './run-example.js';
export { lossCases, type LossCase } from '../golden/loss-cases.js';
export { caseEpoch, caseOptions, compareCase, runLossCase, type CaseResult } from '../golden/loss-case.js';
export { caseTensors, type CaseTensors } from '../golden/vector-tensors.js';
export type { RecordedCase } from '../golden/vector-file.js';
