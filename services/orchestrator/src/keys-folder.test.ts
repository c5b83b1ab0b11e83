import { expect, it } from 'vitest';
import { keysFolder } from './keys-folder.js';

it.each([
  ['', 'pglite:///state/of/mine', '/state/of/mine/keys'],
  ['', 'postgres://db/lyceum', ''],
  ['', 'memory:', ''],
  ['/keys', 'pglite:///state', '/keys'],
  ['/keys', 'postgres://db/lyceum', '/keys'],
])('keys are kept where the settings say (%j with state at %s: %j)', (cacheFolder, stateUrl, folder) => {
  expect(keysFolder({ cacheFolder, stateUrl })).toBe(folder);
});
