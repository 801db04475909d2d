import { dump } from 'js-yaml';
import type { ClustersFormat, Format } from './format.ts';

export type { ClustersFormat, Format } from './format.ts';

/** Version of what `-o json` and `-o yaml` print: fields are added, and not renamed or removed, within it. */
export const API_VERSION = 'multi-cluster-config-exporter/v1';

/** What a command has found, for programs. */
export interface Document {
  apiVersion: typeof API_VERSION;
  kind: string;
}

/**
 * A result in the format that was asked for.
 *
 * @param table for people; more columns when `wide`
 */
export function formatDocument(document: Document, format: Format, table: (wide: boolean) => string): string {
  switch (format) {
    case 'json':
      return JSON.stringify(document, null, 2);
    case 'yaml':
      return dump(JSON.parse(JSON.stringify(document)), { lineWidth: -1 });
    case 'wide':
    case 'table':
      return table(format === 'wide');
  }
}

/**
 * The same for a result about clusters.
 *
 * @param clusters those that it is about, in order
 */
export function formatClusters(
  document: Document,
  clusters: readonly { readonly name?: string }[],
  format: ClustersFormat,
  table: (wide: boolean) => string,
): string {
  return format === 'name'
    ? clusters.flatMap(({ name }) => name ?? []).join('\n')
    : formatDocument(document, format, table);
}
