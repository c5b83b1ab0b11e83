export { exampleStep, type ExampleOptions, type ExampleStep } from './example-step.js';
export { exampleTaps, exampleTensors } from './example-tensors.js';
export { mapTensors, runExample, type Change, type ExampleResult } from './run-example.js';
export { lossCases, operatorCases, type LossCase, type OperatorCase } from '../golden/recorded-cases.js';
export { caseEpoch, caseOptions, compareCase, runLossCase, type CaseResult } from '../golden/loss-case.js';
export { runOperatorCase } from '../golden/operator-case.js';
export { caseTensors, type CaseTensors } from '../golden/vector-tensors.js';
export type { RecordedCase } from '../golden/vector-file.js';
