export { openStore } from './open-store.js';
export { type StoreOptions } from './sql-run-store.js';
export {
  type LeaseRef,
  type LeaseRequest,
  type RunStore,
  type TaskCompletion,
  type TaskReport,
} from './run-store.js';
export {
  type EventKind,
  type Leadership,
  type LostTask,
  type NewEvent,
  type Placement,
  type ReadyTask,
  type Run,
  type RunEvent,
  type RunPage,
  type RunPlan,
  type State,
  type Task,
  type TaskLease,
  type TaskPlan,
  type Worker,
  type WorkerFacts,
} from './records.js';
export { isRetryable } from './store-error.js';
export { hasEnded } from './state/run-change.js';
