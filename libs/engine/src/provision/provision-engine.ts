import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import {
  isProvisioned,
  napiVersion,
  nativePackage,
  type NativePackage,
  type NativeVariant,
} from '../backends/native-package.js';
import { cacheFolder } from '../machine/cache-folder.js';
import type { SmokeResult } from '../smoke.js';
import { CacheEntry } from './cache-entry.js';
import { linkedEntry, linkPackage } from './link-package.js';
import { officialRung } from './official-rung.js';
import { reportTo, type OnProgress, type Report } from './progress.js';
import type { Rung } from './rung.js';
import { smokeCheck } from './smoke-check.js';
import { wheelRung } from './wheel-rung.js';

export interface ProvisionOptions {
  readonly variant: NativeVariant;
  readonly onProgress?: OnProgress;
  /** Only this source; default: the official installer where it suits, else the wheel. */
  readonly from?: Rung['id'];
  /** Build anew, whatever is in place or in the cache. */
  readonly force?: boolean;
}

export interface ProvisionResult {
  readonly variant: NativeVariant;
  /** `place`: nothing had to be done; `cache`: only linked; else the rung that made it. */
  readonly source: 'place' | 'cache' | Rung['id'];
  /** The cache's folder; absent for a build that was put into the package by hand. */
  readonly folder?: string;
  readonly smoke: SmokeResult;
}

/**
 * Gives an installed native package its TensorFlow and its binding. From cheap to dear: what is in place, the cache,
 * the official installer, the PyPI wheel. What is found last is kept in the cache for every other checkout, and a
 * smoke test has to pass.
 * @throws LyceumError MISSING_DEPENDENCY saying for each way why it does not work here and what to do.
 */
export async function provisionEngine({
  variant,
  onProgress,
  from,
  force,
}: ProvisionOptions): Promise<ProvisionResult> {
  const target = nativePackage(variant);
  if (target === undefined) {
    throw new LyceumError(
      'MISSING_DEPENDENCY',
      `engine: the npm package of the ${variant} backend is not installed; run "npm ci"`,
    );
  }
  const rungs = [officialRung(variant), wheelRung(variant)].filter(
    ({ id }) => from === undefined || id === from,
  );
  return new Ladder(target, rungs, reportTo(variant, onProgress)).climb(force ?? false);
}

/** The ways for one package, in their order. */
export class Ladder {
  constructor(
    private readonly target: NativePackage,
    private readonly rungs: readonly Rung[],
    private readonly report: Report,
    private readonly smoke: (variant: NativeVariant) => Promise<SmokeResult> = (variant) =>
      smokeCheck(variant),
  ) {}

  async climb(force: boolean): Promise<ProvisionResult> {
    const found = force ? undefined : ((await this.fromPlace()) ?? (await this.fromCache()));
    if (found !== undefined) return found;
    const refusals: string[] = [];
    for (const rung of this.rungs) {
      this.report('check', `${rung.id}: is it possible here?`);
      const refusal = (await rung.refusal(this.target)) ?? (await this.tryRung(rung, force));
      if (typeof refusal !== 'string') return refusal;
      refusals.push(`${rung.id}: ${refusal}`);
      this.report('check', refusals.at(-1) ?? '');
    }
    const { name, variant } = this.target;
    const text = `engine: ${name} can not be provisioned. ${refusals.join('. ')}`;
    throw new LyceumError('MISSING_DEPENDENCY', text, { metadata: { variant } });
  }

  /** What npm's package already points to, or holds by itself. */
  private async fromPlace(): Promise<ProvisionResult | undefined> {
    if (!isProvisioned(this.target)) return undefined;
    const folder = await linkedEntry(this.target);
    if (folder !== undefined && !(await new CacheEntry(folder).isIntact('sizes'))) return undefined;
    try {
      return await this.result('place', folder);
    } catch (error) {
      this.report('check', `what is in place does not work: ${LyceumError.from(error).message}`);
      return undefined;
    }
  }

  private async fromCache(): Promise<ProvisionResult | undefined> {
    for (const rung of this.rungs) {
      const entry = this.entryOf(rung);
      if ((await entry.manifest()) === undefined) continue;
      const found = await entry.locked(() => this.useEntry(entry), this.waiting).catch(() => undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private async tryRung(rung: Rung, force: boolean): Promise<ProvisionResult | string> {
    const entry = this.entryOf(rung);
    try {
      return await entry.locked(() => this.make(rung, entry, force), this.waiting);
    } catch (error) {
      const { reason, message } = LyceumError.from(error);
      if (reason === 'DISK_FULL') throw error;
      return message;
    }
  }

  private async make(rung: Rung, entry: CacheEntry, force: boolean): Promise<ProvisionResult> {
    // Another process may have finished it while this one waited.
    const found = force ? undefined : await this.useEntry(entry);
    if (found !== undefined) return found;
    const downloads = join(cacheFolder(), 'engine', 'downloads', this.target.variant);
    const context = { target: this.target, downloads, report: this.report };
    await entry.create({ source: rung.id, brings: rung.brings }, (folder) => rung.fill(context, folder));
    await rm(downloads, { recursive: true, force: true });
    await linkPackage(this.target, entry.folder);
    return this.result(rung.id, entry.folder);
  }

  /** Links an entry if it is whole and works; removes it if it does not. */
  private async useEntry(entry: CacheEntry): Promise<ProvisionResult | undefined> {
    if ((await entry.manifest()) === undefined) return undefined;
    this.report('verify', `checking ${entry.name}`);
    if (await entry.isIntact('contents')) {
      await linkPackage(this.target, entry.folder);
      try {
        return await this.result('cache', entry.folder);
      } catch (error) {
        this.report('check', LyceumError.from(error).message);
      }
    } else this.report('check', `${entry.name} is damaged and is made again`);
    await entry.remove();
    return undefined;
  }

  private async result(
    source: ProvisionResult['source'],
    folder: string | undefined,
  ): Promise<ProvisionResult> {
    const { variant } = this.target;
    const smoke = await this.smokeOnce(source === 'place' ? folder : undefined);
    if (folder !== undefined) await writeFile(smokeRecord(folder), JSON.stringify(smoke));
    return { variant, source, ...(folder !== undefined && { folder }), smoke };
  }

  /** A linked entry that has passed on this Node before is not asked again. */
  private async smokeOnce(place: string | undefined): Promise<SmokeResult> {
    const record =
      place === undefined ? undefined : await readFile(smokeRecord(place), 'utf8').catch(() => undefined);
    if (record !== undefined) return JSON.parse(record) as SmokeResult;
    this.report('smoke', 'training a few steps to see that it works');
    return this.smoke(this.target.variant);
  }

  private entryOf(rung: Rung): CacheEntry {
    const { name, version } = this.target;
    const machine = `${process.platform}-${process.arch}-napi${napiVersion}`;
    const key = `${name.slice('@tensorflow/'.length)}-${version}_${rung.brings}_${machine}`;
    return new CacheEntry(join(cacheFolder(), 'engine', key));
  }

  private readonly waiting = (): void =>
    this.report('wait', 'another process is at it; waiting for it to finish');
}

function smokeRecord(folder: string): string {
  return join(folder, `smoke-${process.version}.json`);
}
