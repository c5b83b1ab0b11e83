import { LyceumError, nearestNames } from '@lyceum/errors';
import { findLoss, settingOf } from '@lyceum/losses';
import type { HostTensor } from '@lyceum/tensor';
import type { ResolvedLoss } from './slots.js';

/**
 * Those of the tensors of a file that a loss declares as constants of one of its halves, compared with the declaration.
 * What else the file holds is passed over: a paraphraser's has a decoder too. None of a loss that only its service
 * knows: teachers compute no key of it, and it checks what it is sent.
 * @throws LyceumError UNKNOWN_NAME for one that is missing; SHAPE_MISMATCH; both under the field `constants`.
 */
export function constantsOf(
  loss: ResolvedLoss,
  wantedHalf: 'key' | 'value',
  given: readonly HostTensor[] | undefined,
): HostTensor[] {
  const { entry, studentShapes, teacherShapes } = loss;
  if (given === undefined || loss.rawKeys) return [];
  const module = findLoss(entry.loss);
  const setting = settingOf(module, { params: entry.params, studentShapes, teacherShapes });
  const declared = (module.extra ?? []).filter(({ from, half }) => from === 'frozen' && half === wantedHalf);
  return declared.flatMap(({ name, shape, fromNorms }) => {
    const tensor = given.find((one) => one.name === name);
    if (tensor === undefined && fromNorms !== undefined) return [];
    if (tensor === undefined) throw missing(name, given);
    const wanted = shape?.(setting) ?? tensor.shape;
    if (wanted.join() === tensor.shape.join() && tensor.dtype === 'f32') return [tensor];
    const found = `${tensor.dtype} [${tensor.shape.join(', ')}]`;
    throw wrong('SHAPE_MISMATCH', `"${name}" must be f32 [${wanted.join(', ')}], found ${found}`);
  });
}

function missing(name: string, given: readonly HostTensor[]): LyceumError {
  const names = given.map((tensor) => tensor.name);
  const [near] = nearestNames(name, names);
  const found = near === undefined ? `it holds ${names.join(', ') || 'nothing'}` : `it holds "${near}"`;
  return wrong('UNKNOWN_NAME', `the file has no tensor "${name}"; ${found}`);
}

function wrong(reason: 'UNKNOWN_NAME' | 'SHAPE_MISMATCH', description: string): LyceumError {
  const violations = [{ field: 'constants', description }];
  return new LyceumError(reason, `constants: ${description}`, { violations });
}
