import { unknownName } from '@lyceum/errors';
import type { AnyLoss } from './loss.js';
import { ab } from './methods/ab.js';
import { afd } from './methods/afd.js';
import { angular } from './methods/angular.js';
import { at } from './methods/at.js';
import { ban } from './methods/ban.js';
import { brNpa } from './methods/br-npa.js';
import { cc } from './methods/cc.js';
import { cdgc } from './methods/cdgc.js';
import { ce } from './methods/ce.js';
import { cosine } from './methods/cosine.js';
import { crd } from './methods/crd.js';
import { cwtm } from './methods/cwtm.js';
import { dim } from './methods/dim.js';
import { dist } from './methods/dist.js';
import { dkd } from './methods/dkd.js';
import { dkpp } from './methods/dkpp.js';
import { dml } from './methods/dml.js';
import { fitnet } from './methods/fitnet.js';
import { fsp } from './methods/fsp.js';
import { fsr } from './methods/fsr.js';
import { ft } from './methods/ft.js';
import { irg } from './methods/irg.js';
import { kd } from './methods/kd.js';
import { l1 } from './methods/l1.js';
import { kdsvd } from './methods/kdsvd.js';
import { labelSmoothing } from './methods/label-smoothing.js';
import { liaad } from './methods/liaad.js';
import { mimkd } from './methods/mimkd.js';
import { mse } from './methods/mse.js';
import { nst } from './methods/nst.js';
import { ofd } from './methods/ofd.js';
import { oneImage } from './methods/one-image.js';
import { paraphraser } from './methods/paraphraser.js';
import { pixelDistillation } from './methods/pixel-distillation.js';
import { pkt } from './methods/pkt.js';
import { reviewkd } from './methods/reviewkd.js';
import { rkd } from './methods/rkd.js';
import { rtk } from './methods/rtk.js';
import { simreg } from './methods/simreg.js';
import { sokd } from './methods/sokd.js';
import { sp } from './methods/sp.js';
import { takd } from './methods/takd.js';
import { vid } from './methods/vid.js';
import { findPackageLoss } from './packages/package-losses.js';
import { registryOf } from './registry-of.js';

/** All built-in losses by id, in the order that lists and docs show them. */
export const losses: ReadonlyMap<string, AnyLoss> = registryOf([
  ce,
  kd,
  fitnet,
  at,
  dml,
  ban,
  cwtm,
  dkpp,
  crd,
  sp,
  rkd,
  pkt,
  cc,
  dkd,
  takd,
  simreg,
  sokd,
  brNpa,
  mimkd,
  dim,
  angular,
  liaad,
  afd,
  rtk,
  cdgc,
  oneImage,
  vid,
  nst,
  fsp,
  kdsvd,
  ab,
  ft,
  paraphraser,
  reviewkd,
  ofd,
  pixelDistillation,
  fsr,
  dist,
  irg,
  mse,
  l1,
  cosine,
  labelSmoothing,
]);

/**
 * Looks a loss up by its id, or by `package#id` where a package brings it.
 * @throws LyceumError UNKNOWN_NAME with the nearest ids; FORBIDDEN for a package that this process did not load.
 */
export function findLoss(id: string): AnyLoss {
  if (id.includes('#')) return findPackageLoss(id);
  const found = losses.get(id);
  if (found === undefined) throw unknownName('loss', id, losses.keys());
  return found;
}
