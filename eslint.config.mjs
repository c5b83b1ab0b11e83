import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const layers = {
  wire: [],
  base: ['wire'],
  edge: ['base', 'wire'],
  compute: ['base', 'wire'],
  domain: ['compute', 'base', 'wire'],
  plan: ['domain', 'compute', 'edge', 'base', 'wire'],
  service: ['plan', 'domain', 'compute', 'edge', 'base', 'wire'],
  shell: ['plan', 'edge', 'base', 'wire'],
  test: ['plan', 'domain', 'compute', 'edge', 'base', 'wire'],
};
// Projects of one layer that may build on one another, in this direction only.
const sameLayer = { base: ['base'], edge: ['edge'], plan: ['plan'] };

// One door for each third party: the project named may import it, nobody else.
const doors = {
  '@tensorflow/*': 'engine',
  '@opentelemetry/sdk-*': 'telemetry',
  kysely: 'store',
  pg: 'store',
  '@electric-sql/*': 'store',
};

const depConstraints = Object.entries(layers).map(([layer, below]) => ({
  sourceTag: `layer:${layer}`,
  onlyDependOnLibsWithTags: [...below, ...(sameLayer[layer] ?? [])].map((name) => `layer:${name}`),
}));

const banned = (project) =>
  Object.entries(doors)
    .filter(([, owner]) => owner !== project)
    .map(([group, owner]) => ({ group: [group], message: `only libs/${owner} may import ${group}` }));

const files = (project) => [`**/${project}/**/*.ts`];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '**/gen/**',
      '**/test-results/**',
      '**/*.mjs',
      '**/*.js',
      '**/canary/**',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: banned('') }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'name what you export' },
        { selector: 'ExportDefaultDeclaration', message: 'no default exports' },
      ],
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  ...[...new Set(Object.values(doors))].map((owner) => ({
    files: files(owner),
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: banned(owner) }] },
  })),
  {
    files: ['**/*.test.ts'],
    rules: { 'max-lines': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
