import { describe } from 'vitest';
import { describeStore } from './suite/store-suite.js';

describe('embedded state', () => {
  describeStore(() => Promise.resolve('memory:'));
});
