import { invalidField, invalidFields, renameFields } from '@lyceum/errors';
import { chooseSamples } from './choose-samples.js';
import type { ReadRequest, Shape, Split } from './data-set.js';
import type { TrainSource } from './load-data-set.js';
import { pathViolations } from './path-violations.js';
import { findDataSet } from './registry.js';

/**
 * The training images of a set in the shape of another's; their labels are -1.
 * @param request what the other set was asked for: where to keep files, whom to tell of progress.
 * @throws LyceumError with `trainFrom` in front of the field that is wrong.
 */
export async function trainSplitFrom(
  source: TrainSource,
  shape: Shape,
  { cacheFolder, onProgress }: ReadRequest,
): Promise<Split> {
  try {
    const { set, variant } = findDataSet(source.name);
    const problems = pathViolations(set, source.path);
    if (problems.length > 0) throw invalidFields(problems);
    const limit = source.trainLimit || undefined;
    const content = await set.read({
      path: source.path || undefined,
      variant,
      imagePixels: undefined,
      shape,
      trainLimit: limit,
      // Its test images are not wanted, and there is no asking for none.
      testLimit: 1,
      cacheFolder,
      onProgress,
      choose: (split, labels) => chooseSamples(labels, split === 'train' ? limit : 1),
    });
    if (content.shape.join() !== shape.join()) {
      const [found, wanted] = [content.shape, shape].map((sizes) => sizes.join(' x '));
      throw invalidField('name', `its images are ${found}, those it is to stand beside ${wanted}`);
    }
    const { count, images } = content.train;
    const labels = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT)).fill(-1);
    return { count, images, labels, isUnlabelled: true };
  } catch (error) {
    throw renameFields(error, (field) => `trainFrom.${field}`);
  }
}
