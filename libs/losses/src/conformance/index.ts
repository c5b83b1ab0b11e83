export { exampleStep, type ExampleOptions, type ExampleStep } from './example-step.js';
export { exampleTaps, exampleTensors } from './example-tensors.js';
export { mapTensors, runExample, type Change, type ExampleResult } from './run-example.js';
