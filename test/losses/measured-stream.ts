import {
  DistillKeys,
  DistillOpen,
  type DistillRequest,
  type DistillResponse,
} from '@lyceum/contracts/teacher';
import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
import type { Tensor } from '@lyceum/contracts/tensor';
import { connect, errorFromStatus, type Duplex } from '@lyceum/rpc';
import { joinRows, type HostTensor } from '@lyceum/tensor';

export type Opening = Parameters<typeof DistillOpen.fromPartial>[0];

/** The answer to one batch, and what it weighed. */
export interface MeasuredAnswer {
  readonly tensors: readonly HostTensor[];
  readonly cached: boolean;
  /** Bytes of the message fields that carried a tensor, by the part of its name ahead of the slash. */
  readonly bytes: ReadonlyMap<string, number>;
}

/** Asks a teacher for batches on one stream, one after the other. */
export async function measureStream(
  address: string,
  open: Opening,
  batches: readonly (readonly number[])[],
): Promise<MeasuredAnswer[]> {
  const teachers = connect(address, TeacherServiceService);
  try {
    const stream = teachers.stream('distill');
    await stream.write({ message: { $case: 'open', value: DistillOpen.fromPartial(open) } });
    const first = await stream.next();
    if (first.done === true) throw new Error('the teacher ended the stream');
    const keys = partsOf(stream);
    const answers: MeasuredAnswer[] = [];
    for (const [sequence, indices] of batches.entries()) {
      const content = { $case: 'samples' as const, value: { indices: [...indices], view: 0 } };
      await stream.write({
        message: { $case: 'batch', value: { sequence, content, traceParent: undefined } },
      });
      answers.push(await readAnswer(keys));
    }
    stream.end();
    await keys.next();
    return answers;
  } finally {
    teachers.close();
  }
}

async function* partsOf(
  stream: Duplex<DistillRequest, DistillResponse>,
): AsyncGenerator<DistillKeys, undefined> {
  for await (const { message } of stream) if (message?.$case === 'keys') yield message.value;
  return undefined;
}

async function readAnswer(keys: AsyncGenerator<DistillKeys, undefined>): Promise<MeasuredAnswer> {
  const parts: Tensor[] = [];
  const bytes = new Map<string, number>();
  for (;;) {
    const { value, done } = await keys.next();
    if (done === true) throw new Error('the teacher owes an answer');
    const { tensors, last, cached, error } = value;
    if (error !== undefined) throw errorFromStatus(error);
    for (const tensor of tensors) {
      const id = tensor.name.split('/')[0];
      bytes.set(id, (bytes.get(id) ?? 0) + fieldBytes(tensor));
    }
    parts.push(...tensors);
    if (last) return { tensors: joinRows(parts, 'keys'), cached, bytes };
  }
}

/** A tensor in its message: name, type, shape, elements, and the field's own tag and length. */
function fieldBytes(tensor: Tensor): number {
  return DistillKeys.encode(DistillKeys.fromPartial({ tensors: [tensor] })).finish().length;
}
