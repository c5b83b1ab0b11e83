import { beforeAll, describe } from 'vitest';
import { startEngine } from '../start-engine.js';
import { operationSuite } from './operation-suite.fixture.js';

describe('operations on WebAssembly', () => {
  beforeAll(() => startEngine({ backend: 'wasm' }));

  operationSuite();
});
