/** What a handler knows of the call that it answers. */
export interface CallContext {
  /**
   * Aborted when the caller cancels, its deadline passes or the server is stopped by force; `reason` is a
   * LyceumError (CANCELLED, TIMED_OUT, NOT_READY). Never aborted after the call has ended.
   */
  readonly signal: AbortSignal;
  /** Aborted when the server starts to drain: a stream without end should end soon. */
  readonly draining: AbortSignal;
  readonly deadline: Date | undefined;
  /** Path of the method, for instance "/lyceum.teacher.v1.TeacherService/Distill". */
  readonly method: string;
  /** Address of the caller, "unknown" over a Unix socket. */
  readonly peer: string;
  /** A header of the call as text; undefined when it was not sent. */
  header(name: string): string | undefined;
}
