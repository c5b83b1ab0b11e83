import { beforeAll, describe } from 'vitest';
import { startEngine } from '../start-engine.js';
import { operationSuite } from './operation-suite.fixture.js';

describe('operations in plain JavaScript', () => {
  beforeAll(() => startEngine({ backend: 'js' }));

  operationSuite();
});
