import type { Any } from '@lyceum/contracts/any';
import {
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  QuotaFailure,
  ResourceInfo,
  RetryInfo,
} from '@lyceum/contracts/error-details';
import type { LyceumError, Violation } from '@lyceum/errors';

/** The standard detail messages of an error: `ErrorInfo` always, and what its code calls for. */
export function detailsOf(error: LyceumError, violations: readonly Violation[]): Any[] {
  const metadata: Record<string, string> = { ...error.metadata };
  const details = [pack('ErrorInfo', ErrorInfo, { reason: error.reason, domain: 'lyceum', metadata })];
  const retryAfterMs = error.retryAfterMs ?? (error.codeName === 'UNAVAILABLE' ? 1000 : undefined);
  if (retryAfterMs !== undefined) details.push(retryInfo(retryAfterMs));
  if (error.codeName === 'NOT_FOUND') {
    const { kind: resourceType = '', name: resourceName = '' } = metadata;
    details.push(
      pack('ResourceInfo', ResourceInfo, { resourceType, resourceName, owner: '', description: '' }),
    );
  }
  if (violations.length > 0) details.push(violationsDetail(error, violations));
  return details;
}

function violationsDetail(error: LyceumError, violations: readonly Violation[]): Any {
  const subjects = violations.map(({ field: subject, description }) => ({ subject, description }));
  if (error.codeName === 'FAILED_PRECONDITION') {
    const value = { violations: subjects.map((one) => ({ type: error.reason, ...one })) };
    return pack('PreconditionFailure', PreconditionFailure, value);
  }
  if (error.codeName === 'RESOURCE_EXHAUSTED') {
    return pack('QuotaFailure', QuotaFailure, QuotaFailure.fromPartial({ violations: subjects }));
  }
  const fieldViolations = violations.map(({ field, description }) => ({ field, description }));
  return pack('BadRequest', BadRequest, BadRequest.fromPartial({ fieldViolations }));
}

function retryInfo(ms: number): Any {
  const nanos = Math.round((ms % 1000) * 1e6);
  return pack('RetryInfo', RetryInfo, { retryDelay: { seconds: Math.floor(ms / 1000), nanos } });
}

/** What the details of a status say; fields are absent where they do not say it. */
export interface StatedDetails {
  readonly domain?: string;
  readonly reason?: string;
  readonly metadata: Record<string, string>;
  readonly violations: Violation[];
  readonly retryAfterMs?: number;
}

/** Reads the standard details; those of other kinds are passed over. */
export function readDetails(details: readonly Any[]): StatedDetails {
  let stated: StatedDetails = { metadata: {}, violations: [] };
  for (const { typeUrl, value } of details)
    stated = { ...stated, ...readDetail(typeUrl, value, stated.violations) };
  return stated;
}

function readDetail(typeUrl: string, value: Uint8Array, known: readonly Violation[]): Partial<StatedDetails> {
  const found = (violations: Violation[]) => ({ violations: [...known, ...violations] });
  switch (typeUrl.slice(typeUrl.lastIndexOf('/') + 1)) {
    case 'google.rpc.ErrorInfo': {
      const { domain, reason, metadata } = ErrorInfo.decode(value);
      return { domain, reason, metadata };
    }
    case 'google.rpc.RetryInfo': {
      const { seconds = 0, nanos = 0 } = RetryInfo.decode(value).retryDelay ?? {};
      return { retryAfterMs: seconds * 1000 + nanos / 1e6 };
    }
    case 'google.rpc.BadRequest': {
      const { fieldViolations } = BadRequest.decode(value);
      return found(fieldViolations.map(({ field, description }) => ({ field, description })));
    }
    case 'google.rpc.PreconditionFailure':
      return found(PreconditionFailure.decode(value).violations.map(ofSubject));
    case 'google.rpc.QuotaFailure':
      return found(QuotaFailure.decode(value).violations.map(ofSubject));
    default:
      return {};
  }
}

function ofSubject({ subject: field, description }: { subject: string; description: string }): Violation {
  return { field, description };
}

interface Encoder<T> {
  encode(message: T): { finish(): Uint8Array };
}

function pack<T>(name: string, type: Encoder<T>, message: T): Any {
  return { typeUrl: `type.googleapis.com/google.rpc.${name}`, value: type.encode(message).finish() };
}
