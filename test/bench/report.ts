import { cpus, totalmem } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import type { Figures } from './scenario.ts';

/** What one scenario gave with so many clusters. */
export interface Result {
  scenario: string;
  clusters: number;
  figures: Figures;
}

/** A run of the benchmark, for a machine to read. */
export interface Report {
  /** Of the exporter. */
  version: string;
  machine: { processor: string | undefined; processors: number; memoryBytes: number; node: string };
  seed: string;
  roundTripMs: number;
  results: Result[];
}

export function createReport(run: Pick<Report, 'seed' | 'roundTripMs' | 'results'>): Report {
  const machine = {
    processor: cpus()[0]?.model,
    processors: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
  };
  return { version: packageJson.version, machine, ...run };
}

/** The figures of one scenario for a person to read: a line each, a column for every number of clusters. */
export function table(
  scenario: string,
  { roundTripMs, results }: Pick<Report, 'roundTripMs' | 'results'>,
): string {
  const columns = results.filter((result) => result.scenario === scenario);
  const names = Object.keys(columns[0]?.figures ?? {});
  const width = Math.max(...names.map(({ length }) => length));
  const line = (title: string, cells: readonly string[]) =>
    title.padEnd(width) + cells.map((cell) => cell.padStart(11)).join('');
  return [
    line(
      `${scenario}, ${roundTripMs} ms round trip`,
      columns.map(({ clusters }) => String(clusters)),
    ),
    ...names.map((name) =>
      line(
        name,
        columns.map(({ figures }) => format(figures[name] ?? Number.NaN)),
      ),
    ),
  ].join('\n');
}

/** Three digits that count, and no fraction of what is large. */
function format(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}
