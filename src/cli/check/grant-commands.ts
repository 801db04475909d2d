import type { ExporterSetup } from './exporter-setup.ts';

/** What grants the exporter its permissions on the hub, as a command. */
export function hubCommand({ settings, refs: { registry, aggregate } }: ExporterSetup): string {
  const names = [
    ...named('MCCE_REGISTRY_SECRET', settings.registrySecret, 'multi-k8s-config'),
    ...named('MCCE_AGGREGATE_SECRET', aggregate.name, 'multi-storage-config'),
  ];
  return [...names, `mcce manifests hub -n ${registry.namespace} | kubectl apply -f -`].join(' ');
}

/** What grants the exporter its permissions in a cluster; the kubectl is one of that cluster. */
export function clusterCommand({ refs: { source } }: ExporterSetup): string {
  const names = named('MCCE_SOURCE_SECRET', source.name, 'storage-config');
  return [...names, `mcce manifests cluster -n ${source.namespace} | kubectl apply -f -`].join(' ');
}

/** The settings are those of the hub; the command has none but what it is given. */
function named(variable: string, value: string, usual: string): string[] {
  return value === usual ? [] : [`${variable}=${value}`];
}
