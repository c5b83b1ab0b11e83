export { bicubicResize } from './bicubic-resize.js';
export { eachPixel, grayOf, jitterOperations } from './colour.js';
export { cropBox } from './crop-box.js';
export { cutmixBox, type CutmixBox } from './cutmix-box.js';
export { buildImage, cutOut, type Box, type HostImage } from './host-image.js';
export { patchOf } from './patch.js';
