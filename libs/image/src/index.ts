export { moved, rotationAndShear, type SourceMatrix } from './affine.js';
export { bicubicResize } from './bicubic-resize.js';
export { clamp, eachPixel, grayOf, jittered, jitterOperations, type PixelChange } from './colour.js';
export { cropBox, type CropRange } from './crop-box.js';
export { cutmixBox, type CutmixBox, type CutmixPlace } from './cutmix-box.js';
export { buildImage, centreOf, cutOut, type Box, type HostImage } from './host-image.js';
export { patchOf, type PatchPlan, type PatchSteps } from './patch.js';
export { roundHalfToEven } from './round-half-to-even.js';
