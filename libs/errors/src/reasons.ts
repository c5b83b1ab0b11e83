/** gRPC status codes by name, as numbered by the protocol. */
export const codes = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type CodeName = keyof typeof codes;

/** Every reason an error of Lyceum may carry: its gRPC code, and what it means to the caller. */
export const reasons = {
  INVALID_FIELD: {
    code: 'INVALID_ARGUMENT',
    meaning: 'a field of the request or document has a value that is not allowed',
  },
  UNKNOWN_NAME: {
    code: 'NOT_FOUND',
    meaning: 'a model, loss, data set, tap, stage or run of that name does not exist',
  },
  SHAPE_MISMATCH: {
    code: 'INVALID_ARGUMENT',
    meaning: 'a tensor has another shape, dtype or byte count than required',
  },
  NON_FINITE: { code: 'INVALID_ARGUMENT', meaning: 'a tensor or a loss holds NaN or infinity' },
  TAPS_DO_NOT_MATCH: {
    code: 'FAILED_PRECONDITION',
    meaning: 'student and teacher taps differ and the loss has no adapter for it',
  },
  INDEX_OUT_OF_RANGE: {
    code: 'OUT_OF_RANGE',
    meaning: 'a sample index or label lies past the end of the data',
  },
  BATCH_TOO_LARGE: { code: 'RESOURCE_EXHAUSTED', meaning: 'the batch is larger than this server accepts' },
  OVERLOADED: {
    code: 'RESOURCE_EXHAUSTED',
    meaning: 'the server is at its limit of streams or sessions; try again later',
  },
  CORRUPT_FILE: { code: 'DATA_LOSS', meaning: 'a file of weights, data, images or a checkpoint is damaged' },
  DISK_FULL: {
    code: 'RESOURCE_EXHAUSTED',
    meaning: 'an artifact could not be written; the last good one is untouched',
  },
  NOT_READY: { code: 'UNAVAILABLE', meaning: 'the server is loading or draining; try again' },
  UNREACHABLE: { code: 'UNAVAILABLE', meaning: 'another service cannot be reached' },
  PORT_IN_USE: { code: 'FAILED_PRECONDITION', meaning: 'the address to listen on is taken' },
  LEASE_LOST: { code: 'ABORTED', meaning: 'the task now belongs to another worker' },
  WRONG_STATE: {
    code: 'FAILED_PRECONDITION',
    meaning: 'the run, session or stream is not in a state that allows this',
  },
  ALREADY_EXISTS: { code: 'ALREADY_EXISTS', meaning: 'something of that name exists with other content' },
  CANCELLED: { code: 'CANCELLED', meaning: 'the caller or an operator cancelled the work' },
  TIMED_OUT: { code: 'DEADLINE_EXCEEDED', meaning: 'the work did not finish before its deadline' },
  MISSING_DEPENDENCY: {
    code: 'FAILED_PRECONDITION',
    meaning: 'the engine, a data set or a tool is not installed',
  },
  FORBIDDEN: { code: 'PERMISSION_DENIED', meaning: 'the caller or document may not reach this' },
  INTERNAL: { code: 'INTERNAL', meaning: 'a fault of Lyceum itself' },
} as const satisfies Record<string, { code: CodeName; meaning: string }>;

export type Reason = keyof typeof reasons;
