export { elementCount, hostTensor, type HostData, type HostDtype, type HostTensor } from './host-tensor.js';
export { fromWire, topKProblem, toWire, wireHead, type WireForm } from './wire.js';
export { requireFinite } from './finite.js';
export { joinRows, splitRows } from './rows.js';
export { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from './safetensors.js';
export { decodeHalf, encodeHalf } from './half.js';
export { decodeBfloat, encodeBfloat } from './bfloat.js';
