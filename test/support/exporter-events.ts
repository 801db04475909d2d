import type { ApiClient, KubeObject } from './api-client.ts';

/** The Events in the namespace `default` that the exporter wrote. Others write there too: the API server itself, for one. */
export async function exporterEvents(hub: ApiClient): Promise<KubeObject[]> {
  const { items = [] } = await hub.must('GET', '/apis/events.k8s.io/v1/namespaces/default/events');
  return items.filter((event) => event.reportingController === 'multi-cluster-config-exporter');
}
