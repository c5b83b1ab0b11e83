import type { ApplyRequest, GetLossRequest, ListLossesRequest, Loss } from '@lyceum/contracts/loss';
import { LossServiceService } from '@lyceum/contracts/loss-service';
import { invalidField, LyceumError, renameFields } from '@lyceum/errors';
import { describeLoss, findLoss, losses, packageLosses } from '@lyceum/losses';
import { defineService, type CallContext, type ServedService } from '@lyceum/rpc';
import { apply } from './apply-stream.js';
import { lossMessage } from './loss-description.js';
import type { LossHost } from './loss-host.js';
import type { SessionLimits } from './requests.js';

/** Serves the loss registry: describe, and sessions. */
export function lossService(
  host: () => LossHost | undefined,
  limits: SessionLimits & { sessionLimit: number },
): ServedService {
  let sessions = 0;
  return defineService(LossServiceService, {
    listLosses: async (request: ListLossesRequest) => page(request),
    getLoss: async ({ name }: GetLossRequest): Promise<{ loss: Loss }> => ({ loss: find(name) }),
    apply: async function* (requests: AsyncIterable<ApplyRequest>, context: CallContext) {
      const ready = host();
      if (ready === undefined)
        throw new LyceumError('NOT_READY', 'the engine is still loading', { retryAfterMs: 500 });
      if (sessions >= limits.sessionLimit) {
        throw new LyceumError('OVERLOADED', `this server takes at most ${limits.sessionLimit} sessions`, {
          retryAfterMs: 1000,
        });
      }
      sessions += 1;
      try {
        yield* apply(ready, limits, requests, context);
      } finally {
        sessions -= 1;
      }
    },
  });
}

function find(name: string): Loss {
  try {
    return lossMessage(describeLoss(findLoss(name)));
  } catch (error) {
    throw renameFields(error, () => 'name');
  }
}

function page({ pageSize, pageToken }: ListLossesRequest) {
  if (pageSize < 0) throw invalidField('page_size', `must be 0 or more, found ${pageSize}`);
  const size = pageSize || 100;
  const all = [...losses.values(), ...packageLosses.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .filter(({ id }) => id > pageToken);
  const shown = all.slice(0, size);
  return {
    losses: shown.map((module) => lossMessage(describeLoss(module))),
    nextPageToken: all.length > size ? shown[size - 1].id : '',
  };
}
