import { codes, reasons, type CodeName, type Reason } from './reasons.js';

/** One thing wrong with a request or document: where (`stages[1].losses[0].temperature`) and what. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

export interface ErrorDetails {
  /** All fields that are wrong, not only the first. */
  readonly violations?: readonly Violation[];
  /** Facts for machines: names and numbers that the message mentions. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** For reasons worth a retry: how long to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * The one error class. The message is a single line that says what is wrong, where, what was found, what is
 * allowed and what to do; `reason` is for machines and decides the gRPC code.
 */
export class LyceumError extends Error {
  readonly reason: Reason;
  readonly violations: readonly Violation[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;

  constructor(reason: Reason, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LyceumError';
    this.reason = reason;
    this.violations = details.violations ?? [];
    this.metadata = details.metadata ?? {};
    this.retryAfterMs = details.retryAfterMs;
  }

  get codeName(): CodeName {
    return reasons[this.reason].code;
  }

  /** The gRPC status code. */
  get code(): number {
    return codes[this.codeName];
  }

  /** A copy whose violations are found under `prefix`: `temperature` becomes `losses[0].temperature`. */
  under(prefix: string): LyceumError {
    const violations = this.violations.map((v) => ({ ...v, field: joinField(prefix, v.field) }));
    return new LyceumError(this.reason, `${prefix}: ${this.message}`, { ...this, violations, cause: this });
  }

  /** Turns anything caught into a LyceumError; what is not one already is INTERNAL. */
  static from(error: unknown): LyceumError {
    if (error instanceof LyceumError) return error;
    if (isErrorRecord(error)) return LyceumError.fromRecord(error);
    const systemReason = systemReasons[(error as NodeJS.ErrnoException | undefined)?.code ?? ''];
    const message = error instanceof Error ? error.message : String(error);
    return new LyceumError(systemReason ?? 'INTERNAL', message, { cause: error });
  }

  /** Plain data that survives `postMessage`; `fromRecord` is the way back. */
  toRecord(): ErrorRecord {
    const { reason, message, violations, metadata, retryAfterMs } = this;
    return { lyceumError: true, reason, message, violations, metadata, retryAfterMs };
  }

  static fromRecord(record: ErrorRecord): LyceumError {
    const { retryAfterMs, ...rest } = record;
    return new LyceumError(record.reason, record.message, {
      ...rest,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
}

export interface ErrorRecord {
  readonly lyceumError: true;
  readonly reason: Reason;
  readonly message: string;
  readonly violations: readonly Violation[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;
}

function isErrorRecord(value: unknown): value is ErrorRecord {
  return typeof value === 'object' && value !== null && (value as Partial<ErrorRecord>).lyceumError === true;
}

const systemReasons: Readonly<Record<string, Reason | undefined>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EADDRINUSE: 'PORT_IN_USE',
  ECONNREFUSED: 'UNREACHABLE',
};

function joinField(prefix: string, field: string): string {
  if (field === '') return prefix;
  return field.startsWith('[') ? `${prefix}${field}` : `${prefix}.${field}`;
}
