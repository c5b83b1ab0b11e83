import type { tf } from '@lyceum/engine';

/** A named place in a network whose output can be observed. */
export interface TapInfo {
  /** `f0` (stem), `f1`, ... (groups), the last `f<n>` (pooled feature), `f1.preact`, `f1.block2`, ..., `logits`. */
  readonly name: string;
  /** Without the batch dimension: `[h, w, c]`, `[d]` or `[classes]`. */
  readonly shape: readonly number[];
  /**
   * `block`: the output of a block ahead of the last one of its group, whose output is the group's `map`. `attention`:
   * how much the network attends to each place, one channel a map.
   */
  readonly role: 'stem' | 'map' | 'block' | 'pooled' | 'logits' | 'preact-stem' | 'preact-map' | 'attention';
  /** Of a map ahead of its ReLU: the batch norm that gives its responses, by the name in front of its parameters. */
  readonly norm?: string;
}

/** Whether a tap is a layer that a selection may choose: the output of a block, the last of a group included. */
export function isSelectableTap({ role }: Pick<TapInfo, 'role'>): boolean {
  return role === 'block' || role === 'map';
}

/** A weight of a model under its PyTorch name, in the engine's layout. */
export interface Parameter {
  readonly name: string;
  readonly variable: tf.Variable;
  /** `conv` HWIO, `depthwise` HWIM, `dense` [in, out]; the rest have one dimension. */
  readonly kind:
    'conv' | 'depthwise' | 'dense' | 'bias' | 'bn-scale' | 'bn-offset' | 'bn-mean' | 'bn-variance';
  /** Moving statistics are not trained. */
  readonly trainable: boolean;
}

export interface ModelConfig {
  /** Registry name, for instance `resnet8x4` or `wrn-16-2`. */
  readonly architecture: string;
  readonly classCount: number;
  /** `[h, w, c]`. */
  readonly inputShape: readonly [number, number, number];
}

export interface ForwardOptions {
  /** Batch statistics and their update (training), or moving statistics. */
  readonly training: boolean;
  /** Parts whose batch norms use their moving statistics, and keep them, in training too: `layer1`, `encoder`. */
  readonly frozenParts?: readonly string[];
}

/** A network on the engine. Construct it with `buildModel`; `dispose` frees its variables. */
export interface Model {
  readonly config: ModelConfig;
  /** Shallow to deep; `logits` last. */
  readonly taps: readonly TapInfo[];
  readonly parameters: readonly Parameter[];
  /** Trainable parameters, counted. */
  readonly parameterCount: number;
  /**
   * Runs the network on `[N, H, W, C]` float32 and returns the wanted taps by name.
   * In training, moving statistics are updated as a side effect (momentum 0.1, unbiased variance).
   */
  forward(images: tf.Tensor4D, wanted: readonly string[], options: ForwardOptions): Record<string, tf.Tensor>;
  dispose(): void;
}
