import type {
  DistillRequest,
  GetTeacherRequest,
  ListTeachersRequest,
  Teacher,
} from '@lyceum/contracts/teacher';
import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
import { invalidField, LyceumError, renameFields } from '@lyceum/errors';
import { defineService, type CallContext, type ServedService } from '@lyceum/rpc';
import type { Logger } from '@lyceum/telemetry';
import { distill, type StreamLimits } from './distill-stream.js';
import { describeTeacher } from './teacher-description.js';
import type { TeacherHost } from './teacher-host.js';

/** Serves the teachers of a host, once it is there. */
export function teacherService(
  host: () => TeacherHost | undefined,
  limits: StreamLimits & { streamLimit: number },
  logger: Logger,
): ServedService {
  let streams = 0;
  const ready = () => {
    const loaded = host();
    if (loaded === undefined)
      throw new LyceumError('NOT_READY', 'the teachers are still loading', { retryAfterMs: 500 });
    return loaded;
  };
  return defineService(TeacherServiceService, {
    listTeachers: async (request: ListTeachersRequest) => page(ready(), request),
    getTeacher: async ({ name }: GetTeacherRequest) => ({ teacher: find(ready(), name) }),
    distill: async function* (requests: AsyncIterable<DistillRequest>, context: CallContext) {
      if (streams >= limits.streamLimit) {
        throw new LyceumError('OVERLOADED', `this server takes at most ${limits.streamLimit} streams`, {
          retryAfterMs: 1000,
        });
      }
      streams += 1;
      try {
        yield* distill(ready(), { limits, logger }, requests, context);
      } finally {
        streams -= 1;
      }
    },
  });
}

function find(host: TeacherHost, name: string): Teacher {
  try {
    return describeTeacher(host.find(name));
  } catch (error) {
    throw renameFields(error, () => 'name');
  }
}

function page(host: TeacherHost, { pageSize, pageToken }: ListTeachersRequest) {
  if (pageSize < 0) throw invalidField('page_size', `must be 0 or more, found ${pageSize}`);
  const size = pageSize || 100;
  const names = [...host.teachers.keys()].sort().filter((name) => name > pageToken);
  const shown = names.slice(0, size);
  return {
    teachers: shown.map((name) => describeTeacher(host.find(name))),
    nextPageToken: names.length > size ? shown[size - 1] : '',
  };
}
