import type { Provided } from './provide-tool.js';
import { providePackages } from './python.js';

const packages = ['onnx==1.20.1', 'onnxruntime==1.30.0', 'safetensors==0.6.2', 'numpy==2.3.4'];

/** A Python that reads ONNX and safetensors, from PyPI (250 MB). */
export function provideOnnxPython(): Promise<Provided> {
  return providePackages('python-onnx', packages);
}
