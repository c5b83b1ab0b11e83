import type { RecordedCase } from '@lyceum/losses/conformance';

/**
 * Repositories in which the authors of a method published it themselves. All others that ran for a case are other
 * people's code for the method.
 */
export const authorsRepositories: Readonly<Record<string, string>> = {
  afd: 'clovaai/attention-feature-distillation',
  at: 'szagoruyko/attention-transfer',
  'br-npa': 'TristanGomez44/br_npa',
  crd: 'HobbitLong/RepDistiller',
  dim: 'rdevon/DIM',
  dist: 'hunto/image_classification_sota',
  dkd: 'megvii-research/mdistiller',
  dml: 'YingZhangDUT/Deep-Mutual-Learning',
  fsr: 'gyguo/PixelDistillation',
  ft: 'Jangho-Kim/Factor-Transfer-pytorch',
  'one-image': 'yukimasano/single-img-extrapolating',
  'one-image-crop-boxes': 'yukimasano/single-img-extrapolating',
  'one-image-cutmix': 'yukimasano/single-img-extrapolating',
  'pixel-distillation': 'gyguo/PixelDistillation',
  pkt: 'passalis/probabilistic_kt',
  rkd: 'lenscloth/RKD',
  simreg: 'UCDvision/simreg',
  sokd: 'swlzq/Semi-Online-KD',
  takd: 'imirzadeh/Teacher-Assistant-Knowledge-Distillation',
};

/** Variants for which no equation of the paper was seen. */
const ownDefinitions: readonly string[] = ['abstract-only', 'two-teachers', 'rule'];

/** The variant of formulas that are published, put together as an abstract tells. */
const partlyOwn = 'reimplementation';

/** The strongest first. */
const kinds = {
  authors: "the authors' code",
  others: "others' code",
  formulas: 'published formulas or code, written anew',
  partly:
    'published formulas, put together by **our own definition**: of the paper only the abstract was read',
  worked: 'the equation, worked in float64',
  ours: '**our own definition, which is no evidence about the paper**: no equation of it was seen',
} as const;
type Kind = keyof typeof kinds;

export interface Evidence {
  readonly kind: Kind;
  readonly repository?: string;
}

/** A recorded case, and the loss or operator that it belongs to. */
export interface OwnedCase {
  readonly module: { readonly id: string };
  readonly recorded: RecordedCase;
}

/** What a module's recorded numbers rest on, each once, the strongest first. */
export function evidenceOf(cases: readonly OwnedCase[], id: string): Evidence[] {
  const found = cases.filter(({ module }) => module.id === id).map(evidenceOfCase);
  const unique = new Map(found.map((one) => [`${one.kind} ${one.repository ?? ''}`, one]));
  const rank = Object.keys(kinds);
  return [...unique.values()].sort((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind));
}

/** Evidence in words: `the authors' code (owner/name); others' code (owner/name, owner/name)`. */
export function evidenceText(found: readonly Evidence[]): string {
  const present = (Object.keys(kinds) as Kind[]).filter((kind) => found.some((one) => one.kind === kind));
  const texts = present.map((kind) => {
    const repositories = found.flatMap((one) =>
      one.kind === kind && one.repository !== undefined ? [one.repository] : [],
    );
    return kinds[kind] + (repositories.length > 0 ? ` (${repositories.join(', ')})` : '');
  });
  return texts.join('; ');
}

function evidenceOfCase({ module: { id }, recorded }: OwnedCase): Evidence {
  const { variant, source: { repo, worked } = {} } = recorded;
  if (ownDefinitions.includes(variant)) return { kind: 'ours' };
  if (variant === partlyOwn) return { kind: 'partly' };
  if (worked !== undefined) return { kind: 'worked' };
  if (repo === undefined) return { kind: 'formulas' };
  return { kind: authorsRepositories[id] === repo ? 'authors' : 'others', repository: repo };
}
