import { fileURLToPath } from 'node:url';

/** The file with the descriptors of every contract, as servers show them by reflection. */
export const descriptorSetPath: string = fileURLToPath(new URL('../descriptors.binpb', import.meta.url));
