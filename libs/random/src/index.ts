export { createRandom, hashOf, type Random } from './random.js';
