export { openArtifacts } from './open-artifacts.js';
export {
  type ArtifactData,
  type ArtifactFence,
  type ArtifactInfo,
  type ArtifactStore,
  type StoredArtifact,
  type WriteOptions,
} from './artifact-store.js';
export { checkKey } from './artifact-key.js';
export { CheckpointStore, type Checkpoint, type CheckpointOptions } from './checkpoints.js';
