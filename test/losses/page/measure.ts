import { openLossService } from '@lyceum/client';
import { lossCases, operatorCases, runOperatorCase } from '@lyceum/losses/conformance';
import { exactPaths, runPaths, type CasePaths, type PathName } from '../case-paths.js';
import { encodingNames } from '../encodings.js';
import type { Pair } from '../figures-of.js';
import { pathErrors, worstErrors } from '../path-table.js';
import { remote } from '../value-half.js';
import { measureLosses } from '../wire-bytes.js';
import { rowName, type Measured } from './measured.js';

/** A running teacher of a pair and a running loss service. */
export interface Services {
  readonly teacher: string;
  readonly loss: string;
}

/** Measures all that `docs/losses.md` shows; the engine must be started. */
export async function measure(golden: string, pair: Pair, at: Services): Promise<Measured> {
  const cases = await lossPaths(golden, at.loss);
  const errors = new Map([...errorsBy(cases, exactPaths), ...(await stepErrors(golden))]);
  const bytes = await measureLosses(at.teacher, pair);
  return {
    errors,
    encodingErrors: errorsBy(cases, encodingNames),
    bytes: new Map([...bytes].map(([id, one]) => [rowName.loss(id), one])),
  };
}

async function lossPaths(golden: string, address: string): Promise<CasePaths[]> {
  const service = openLossService(address);
  const ran: CasePaths[] = [];
  try {
    for (const about of await lossCases(golden)) ran.push(await runPaths(about, remote(service)));
  } finally {
    service.close();
  }
  return ran;
}

function errorsBy(cases: readonly CasePaths[], paths: readonly PathName[]): Map<string, string[]> {
  const groups = grouped(cases, ({ about }) => rowName.loss(about.module.id));
  return new Map([...groups].map(([name, mine]) => [name, pathErrors(mine, paths)]));
}

async function stepErrors(golden: string): Promise<Map<string, string[]>> {
  const groups = grouped(await operatorCases(golden), ({ module }) => rowName.step(module.id));
  return new Map(
    [...groups].map(([name, cases]) => [
      name,
      worstErrors(cases.flatMap(({ module, recorded }) => runOperatorCase(module, recorded))),
    ]),
  );
}

function grouped<T>(all: readonly T[], nameOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(nameOf(one), [...(groups.get(nameOf(one)) ?? []), one]);
  return groups;
}
