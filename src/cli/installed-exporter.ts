import type { KubeClient } from '../kube/http/kube-client.ts';
import { CommandFailedError } from './command-failed.error.ts';
import { attempt, type KubeObject, listObjects, unless } from './requests.ts';

/** What the chart puts on ConfigMap and pods of the exporter, whatever their names are. */
export const EXPORTER_LABEL = 'multi-cluster-config-exporter/component=exporter';

/** The exporter in a namespace. */
export interface InstalledExporter {
  /** Undefined: we may not look. */
  readonly installed: boolean | undefined;
  /** By variable. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Looks for the exporter by the ConfigMap that holds its settings.
 *
 * @throws CommandFailedError when there are several, or the hub does not answer
 */
export async function findExporter(kube: KubeClient, namespace: string): Promise<InstalledExporter> {
  const configMaps = await attempt(
    'Looking for the exporter on the hub',
    unless(
      'forbidden',
      listObjects<KubeObject & { data?: Record<string, string> }>(
        kube,
        { apiVersion: 'v1', kind: 'ConfigMap' },
        namespace,
        EXPORTER_LABEL,
      ),
    ),
  );
  if (!configMaps) return { installed: undefined, settings: {} };
  const [found, ...others] = configMaps;
  if (others.length > 0) {
    const names = configMaps.map(({ metadata }) => metadata.name).join(', ');
    throw new CommandFailedError(
      `There are several exporters in the namespace ${namespace} (${names}); say which by MCCE_REGISTRY_SECRET and the like, and give a namespace that has none.`,
    );
  }
  const settings = Object.entries(found?.data ?? {}).filter(([name]) => name.startsWith('MCCE_'));
  return { installed: found !== undefined, settings: Object.fromEntries(settings) };
}
