import type { HostTensor } from '@lyceum/tensor';

/** Keys by step as tensors `<step>/<name>`, for a file. */
export function packHistory(steps: ReadonlyMap<number, readonly HostTensor[]>): HostTensor[] {
  return [...steps].flatMap(([step, tensors]) =>
    tensors.map((tensor) => ({ ...tensor, name: `${step}/${tensor.name}` })),
  );
}

export function unpackHistory(history: readonly HostTensor[]): Map<number, HostTensor[]> {
  const steps = new Map<number, HostTensor[]>();
  for (const tensor of history) {
    const slash = tensor.name.indexOf('/');
    const step = Number(tensor.name.slice(0, slash));
    const known = steps.get(step) ?? [];
    steps.set(step, [...known, { ...tensor, name: tensor.name.slice(slash + 1) }]);
  }
  return steps;
}
