export { openTeacher, TeacherClient, TeacherStream, type DistillAnswer } from './teacher.js';
export {
  LossServiceClient,
  LossSessionStream,
  openLossService,
  type LossStepInput,
  type LossStepResult,
} from './loss-service.js';
export { openPeer, PeerClient, PeerStream } from './peer.js';
export {
  openOrchestrator,
  type NewRun,
  OrchestratorClient,
  openWorkerOrchestrator,
  WorkerOrchestrator,
} from './orchestrator.js';
