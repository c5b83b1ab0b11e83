import type { EngineInfo } from '@lyceum/engine';

/** What a task was computed with, for its report. */
export function environmentOf(engine: EngineInfo): Record<string, string> {
  return {
    Lyceum: '0.1.0',
    Engine: `${engine.package} ${engine.packageVersion}`,
    ...(engine.tensorflowVersion === undefined ? {} : { TensorFlow: engine.tensorflowVersion }),
    Device: `${engine.device}, ${engine.threads} threads`,
    Node: engine.node,
  };
}
