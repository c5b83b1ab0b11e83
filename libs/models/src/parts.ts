import { unknownName } from '@lyceum/errors';

/** Whether a layer or parameter belongs to a part of its network, a module by its PyTorch name. */
export function isInPart(name: string, part: string): boolean {
  return name === part || name.startsWith(`${part}.`);
}

/**
 * Names of all parameters of a part, moving statistics included: `layer1`, `layer1.0` or `encoder`.
 * @throws LyceumError UNKNOWN_NAME for a part that the model does not have.
 */
export function parameterNamesOfPart(
  { parameters }: { readonly parameters: readonly { readonly name: string }[] },
  part: string,
): string[] {
  const names = parameters.map(({ name }) => name);
  const found = names.filter((name) => isInPart(name, part));
  if (found.length > 0) return found;
  throw unknownName('part', part, new Set(names.map((name) => name.split('.')[0])));
}
