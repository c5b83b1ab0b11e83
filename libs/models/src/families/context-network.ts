import { invalidField } from '@lyceum/errors';
import { residualInitialization } from '../initializers.js';
import type { Layers, Network } from '../network/layers.js';
import type { Family } from './family.js';

/** Networks whose code is trained to say nothing of the category; the loss `cdgc` brings what rebuilds images of it. */
export const contextNetwork: Family = {
  id: 'cdgc-context',
  description: 'Encoder of CDGC and a probe of its code: cdgc-context-<channels of the code>',
  source:
    "after Tang et al. 2018 (CDGC, arXiv 1812.06663), of which only the abstract was read: our definition, no evidence about the paper's",
  names: ['cdgc-context-16'],
  find(name) {
    const match = /^cdgc-context-(\d+)$/.exec(name);
    if (match === null) return undefined;
    const network = encoderWithProbe(codeChannels(name, match[1]));
    return { name, network, initialization: residualInitialization };
  },
};

/**
 * Taps: `code`, the encoder's map, a quarter of the image's rows and columns; `pooled`; `logits`, what a linear probe
 * reads out of the pooled code. The probe learns from the code, and the code never from the probe.
 */
const encoderWithProbe = (channels: number): Network =>
  function* run(layers, images, classCount) {
    const code = encode(layers, images, channels);
    yield { name: 'code', role: 'map', value: code };
    const pooled = layers.globalAvgPool(layers.detach(code));
    yield { name: 'pooled', role: 'pooled', value: pooled };
    yield { name: 'logits', role: 'logits', value: layers.dense('fc', pooled, classCount) };
  };

/** The part `encoder`: three 3x3 convolutions, two of stride 2; the last one is linear. It sees images, never labels. */
export function encode<T>(layers: Layers<T>, images: T, channels: number): T {
  let x = images;
  for (const place of [1, 2]) {
    x = layers.conv(`encoder.conv${place}`, x, { outputs: channels, size: 3, stride: 2, pad: 1 });
    x = layers.relu(layers.batchNorm(`encoder.bn${place}`, x));
  }
  return layers.conv('encoder.conv3', x, { outputs: channels, size: 3, pad: 1, bias: true });
}

/** Channels of the code as a name says them. @throws LyceumError INVALID_FIELD for an impossible number. */
export function codeChannels(name: string, digits: string): number {
  const channels = Number(digits);
  if (channels >= 1 && channels <= 256) return channels;
  throw invalidField('architecture', `the code of ${name} must have 1 to 256 channels, found ${channels}`);
}
