import { clusterManifest, hubManifest, viewManifest } from '../../src/cli/manifests/manifests.ts';
import { chartReference } from './chart-reference.ts';
import { cliReference } from './cli-reference.ts';
import { configurationReference } from './configuration-reference.ts';

/** What of docs/ is written out of the source, by file. */
export const REFERENCES: Readonly<Record<string, string>> = {
  'configuration.md': await configurationReference(),
  'cli.md': cliReference(),
  '../helm/README.md': chartReference(),
  'manifests/hub-rbac.yaml': hubManifest({
    registry: 'multi-k8s-config',
    aggregate: ['multi-storage-config'],
  }),
  'manifests/cluster-rbac.yaml': clusterManifest({ source: 'storage-config' }),
  'manifests/view-rbac.yaml': viewManifest({ view: 'metrics' }),
};
