import { readFileSync } from 'node:fs';

export interface DocumentedMetric {
  readonly name: string;
  readonly kind: string;
  readonly unit: string;
  readonly attributes: readonly string[];
}

/** The table of docs/metrics.md. */
export function documentedMetrics(): DocumentedMetric[] {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => {
    const [name, kind, unit, , attributes] = row
      .split('|')
      .slice(1)
      .map((cell) => cell.trim().replaceAll('`', ''));
    return { name, kind, unit, attributes: attributes.split(', ').filter((one) => one !== '') };
  });
}
