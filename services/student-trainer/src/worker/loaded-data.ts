import { loadDataSet, viewedAt, type DataProgress, type LoadedData } from '@lyceum/data';
import { renameFields } from '@lyceum/errors';
import { dataSpecOf, type DataConfig } from '@lyceum/recipes';
import { callMain } from './call-main.js';

/** Loading that is over sooner is not told of. */
const quietMs = 2000;
const everyMs = 5000;

let loaded: { readonly key: string; readonly data: LoadedData } | undefined;

/** The data of a task at its images' full side; those of the task before are remembered. */
export async function dataOf(config: DataConfig): Promise<LoadedData> {
  const spec = dataSpecOf(config);
  const key = JSON.stringify(spec);
  if (loaded?.key !== key) {
    const loading = loadDataSet(spec, { onProgress: tellingFrom(Date.now() + quietMs) });
    loaded = { key, data: await loading.catch((error: unknown) => Promise.reject(underData(error))) };
  }
  return loaded.data;
}

/** Data as a network sees them. */
export function seenAt(data: LoadedData, viewPixels: number | undefined): LoadedData {
  try {
    return viewedAt(data, viewPixels);
  } catch (error) {
    throw underData(error);
  }
}

const underData = (error: unknown) => renameFields(error, (field) => `data.${field}`);

/** Tells people from time to time what is waited for. */
function tellingFrom(first: number): (progress: DataProgress) => void {
  let next = first;
  return ({ step, done, total, unit }) => {
    if (Date.now() < next) return;
    next = Date.now() + everyMs;
    const of = total === undefined ? '' : ` of ${total}`;
    callMain('data.progress', { message: `${step}: ${done}${of} ${unit}` });
  };
}
