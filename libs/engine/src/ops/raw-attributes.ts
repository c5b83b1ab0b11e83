import type { NativeBackend, RawAttribute } from '../backends/native-backend.js';

/** The element type of an operation on float32. */
export function floatType({ binding }: NativeBackend, name = 'T'): RawAttribute {
  return { name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
}

/** The type of sizes and axes: int32. */
export function indexType({ binding }: NativeBackend, name: string): RawAttribute {
  return { name, type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 };
}

export function text({ binding }: NativeBackend, name: string, value: string): RawAttribute {
  return { name, type: binding.TF_ATTR_STRING, value };
}

export function integers(
  { binding }: NativeBackend,
  name: string,
  value: number | readonly number[],
): RawAttribute {
  return { name, type: binding.TF_ATTR_INT, value };
}

export function real({ binding }: NativeBackend, name: string, value: number): RawAttribute {
  return { name, type: binding.TF_ATTR_FLOAT, value };
}

export function flag({ binding }: NativeBackend, name: string, value: boolean): RawAttribute {
  return { name, type: binding.TF_ATTR_BOOL, value };
}
