import type { NetworkRef } from './network-schema.js';
import type { Stage } from './schema.js';

type EvaluateStage = Extract<Stage, { kind: 'evaluate' }>;

/** The networks that a stage evaluates, with what each is called in an evaluation of `each`. */
export function evaluatedNetworks({
  stages,
  models,
  best,
}: EvaluateStage): { label: string; ref: NetworkRef }[] {
  return [
    ...stages.map((stage) => ({ label: stage, ref: { stage } })),
    ...models.map((model) => ({ label: model, ref: { model } })),
    ...(best === undefined ? [] : [{ label: 'best', ref: { best } }]),
  ];
}

/** The task of one network of an evaluation of `each`. */
export const eachTask = (stage: string, network: string): string =>
  `${stage}/${network.replaceAll('/', '-')}`;
