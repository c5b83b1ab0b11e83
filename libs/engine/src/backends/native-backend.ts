import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from '../tf.js';

/** An attribute of a raw TensorFlow operation; `type` is one of the binding's `TF_ATTR_*`. */
export interface RawAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly number[];
}

/** What the native binding offers beyond a TensorFlow.js backend; numbers are TensorFlow's own enumerations. */
export interface NativeBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  isUsingGpuDevice(): boolean;
}

/** The native backend: runs any TensorFlow operation by name. */
export interface NativeBackend extends KernelBackend {
  readonly binding: NativeBinding;
  executeSingleOutput(
    name: string,
    attributes: readonly RawAttribute[],
    inputs: readonly TensorInfo[],
  ): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly RawAttribute[],
    inputs: readonly TensorInfo[],
    outputCount: number,
  ): Tensor[];
}

/** The native backend if it is the one in use; absent on WebAssembly and JavaScript. */
export function nativeBackend(): NativeBackend | undefined {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as NativeBackend) : undefined;
}
