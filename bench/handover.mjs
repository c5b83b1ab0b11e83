// What a trainer does with an answer beside reading the stream, on the thread that reads: messages are decoded, their
// parts joined to the keys of a batch, and these handed to the compute thread, which says that it has them.
import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
import { ownBuffers, startWorker, transfer } from '@lyceum/engine';
import { hostTensor, splitRows, toWire } from '@lyceum/tensor';
import { AnswerParts } from '../libs/client/dist/answers.js';
import { median } from './rounds.mjs';

const batchSize = 64;
/** Maps of 16x16 with 128 channels: 8.4 MB a batch, in messages of about 1 MiB as teachers cut them. */
const shape = [batchSize, 16, 16, 128];

/** Median milliseconds for a megabyte (1e6 bytes), from the messages' bytes to the compute thread. */
export async function benchHandover({ rounds, answersARound = 8 }) {
  const { responseSerialize, responseDeserialize } = TeacherServiceService.distill;
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length }, (_, i) => i);
  const parts = splitRows([toWire(hostTensor('hint/map', values, shape))]);
  const messages = parts.map((tensors, i) => {
    const keys = { sequence: 0, tensors, last: i === parts.length - 1, error: undefined, cached: true };
    return responseSerialize({ message: { $case: 'keys', value: keys } });
  });
  const megabytes = values.byteLength / 1e6;
  const worker = await startWorker(new URL('./handover-thread.mjs', import.meta.url));
  const takeOne = async () => {
    const answer = new AnswerParts();
    let whole;
    for (const bytes of messages) {
      const { tensors, last } = responseDeserialize(bytes).message.value;
      whole = answer.add(tensors, last, 'keys');
    }
    const received = await worker.api.step(
      0,
      transfer({ teacher: whole.tensors }, ownBuffers(whole.tensors)),
    );
    if (received !== length) throw new Error(`${received} numbers arrived of ${length}`);
  };
  const taken = [];
  for (let round = 0; round <= rounds; round += 1) {
    const started = performance.now();
    for (let i = 0; i < answersARound; i += 1) await takeOne();
    // The first round warms up.
    if (round > 0) taken.push((performance.now() - started) / answersARound / megabytes);
  }
  await worker.terminate();
  return median(taken);
}
