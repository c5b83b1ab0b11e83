import type { Teacher } from '@lyceum/contracts/teacher';
import type { LoadedTeacher } from './worker/inference-api.js';

/** A loaded teacher as the contract shows it. */
export function describeTeacher(teacher: LoadedTeacher): Teacher {
  return {
    name: teacher.name,
    architecture: teacher.architecture,
    classCount: teacher.classCount,
    inputShape: [...teacher.inputShape],
    parameterCount: teacher.parameterCount,
    weightsDigest: teacher.weightsDigest,
    taps: teacher.taps.map(({ name, shape, role }) => ({ name, shape: [...shape], role })),
    dataSets: teacher.dataSet === '' ? [] : [teacher.dataSet],
  };
}
