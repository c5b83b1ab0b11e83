import { fileURLToPath } from 'node:url';
import { startEngine } from '@lyceum/engine';
import { expect, it } from 'vitest';
import { runGolden } from '../golden/run-golden.js';

const folder = fileURLToPath(new URL('../../../../test/golden', import.meta.url));

it('golden vectors hold without native TensorFlow too', async () => {
  await startEngine({ backend: 'js' });
  expect((await runGolden(folder)).problems).toEqual([]);
});
