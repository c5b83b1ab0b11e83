import { LyceumError } from '@lyceum/errors';
import { nativeBackend, type NativeBackend } from '../backends/native-backend.js';
import { tf } from '../tf.js';

type Attributes = Readonly<Record<string, number | boolean | string | readonly number[]>>;

interface NativeGradient<Input extends string, Attrs extends Attributes> {
  readonly savedInputs: readonly Input[];
  /** Which outputs to save, by place. */
  readonly savedOutputs?: readonly boolean[];
  /**
   * One function an input, called only for inputs whose gradient is wanted. Each runs in a tidy of its own, so what
   * several of them give back has to be computed before.
   * @param outputGradients one an output; zeros where nothing depends on it.
   * @param saved the saved inputs, then the saved outputs.
   */
  gradients(
    outputGradients: readonly tf.Tensor[],
    saved: readonly tf.Tensor[],
    attributes: Attrs,
  ): Record<Input, () => tf.Tensor>;
}

/** An operation that only native TensorFlow has, as one step of the tape. */
export interface NativeOperation<Input extends string, Attrs extends Attributes> {
  /** Unique among all kernels. */
  readonly name: string;
  readonly inputs: readonly Input[];
  run(
    backend: NativeBackend,
    inputs: Readonly<Record<NoInfer<Input>, tf.TensorInfo>>,
    attributes: Attrs,
  ): tf.Tensor[];
  /** Without it the operation can not be differentiated, and asking for it is an error. */
  readonly gradient?: NativeGradient<NoInfer<Input>, NoInfer<Attrs>>;
}

/** Registers the operation and gives the function that calls it. The native backend must be in use when it is called. */
export function defineNative<Input extends string, Attrs extends Attributes>(
  operation: NativeOperation<Input, Attrs>,
): (inputs: Readonly<Record<Input, tf.Tensor>>, attributes: Attrs) => tf.Tensor[] {
  tf.registerKernel({
    kernelName: operation.name,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) =>
      operation.run(requireNative(), inputs as Record<Input, tf.TensorInfo>, attrs as unknown as Attrs),
  });
  if (operation.gradient !== undefined) registerGradient(operation.name, operation.gradient);
  return (inputs, attributes) =>
    tf.engine().runKernel<tf.Tensor[]>(operation.name, { ...inputs }, attributes);
}

function registerGradient<Input extends string, Attrs extends Attributes>(
  name: string,
  gradient: NativeGradient<Input, Attrs>,
): void {
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...gradient.savedInputs],
    outputsToSave: [...(gradient.savedOutputs ?? [])],
    gradFunc: (dy, saved, attrs) =>
      gradient.gradients(Array.isArray(dy) ? dy : [dy], saved, attrs as unknown as Attrs),
  });
}

function requireNative(): NativeBackend {
  const backend = nativeBackend();
  if (backend === undefined) throw new LyceumError('WRONG_STATE', 'engine: native TensorFlow is not in use');
  return backend;
}
