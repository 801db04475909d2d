import { collectionPath } from '../../kube/objects/object-path.ts';
import type { Hub } from '../hub.ts';
import { EXPORTER_LABEL } from '../installed-exporter.ts';
import { listObjects } from '../requests.ts';
import { exporterContainer, exporterPod, httpPort, type Pod } from '../status/exporter-pod.ts';
import type { Archive } from './archive.ts';

const MOST_PODS = 10;
const LOG_BYTES = 1_048_576;
const LOG_LINES = 5_000;
/** Paths of the exporter, and the names of their files. */
const ANSWERS = [
  ['api/v1/status', 'status.json'],
  ['api/v1/timeline', 'timeline.json'],
  ['metrics', 'metrics.txt'],
] as const;

/** Adds status, timeline, metrics and log of the exporter's pods, and what the hub knows about them. */
export async function addPodFacts(archive: Archive, hub: Hub, signal: AbortSignal): Promise<void> {
  let pods: ExporterPod[] = [];
  await archive.add(
    'pods.json',
    podsOf(hub, signal).then((found) => {
      pods = found;
      return found.map(podSummary);
    }),
    `list on pods in the namespace ${hub.namespace}`,
  );
  for (const pod of pods) await addPod(archive, pod, hub, signal);
}

async function addPod(archive: Archive, pod: ExporterPod, hub: Hub, signal: AbortSignal): Promise<void> {
  const { name } = pod.metadata;
  const path = `${collectionPath('v1', 'pods', hub.namespace)}/${encodeURIComponent(name)}`;
  const text = (subresource: string, query: Record<string, string> = {}) =>
    textOf(hub, `${path}/${subresource}`, query, signal);
  const container = exporterContainer(pod);
  const log = {
    tailLines: String(LOG_LINES),
    limitBytes: String(LOG_BYTES),
    ...(container !== undefined && { container }),
  };
  const forLogs = `get on pods/log in the namespace ${hub.namespace}`;
  const forAnswers = `get on pods/proxy in the namespace ${hub.namespace}`;
  await Promise.all([
    archive.add(`pods/${name}/log.txt`, text('log', log), forLogs),
    hasRestarted(pod)
      ? archive.add(`pods/${name}/log-before-restart.txt`, text('log', { ...log, previous: 'true' }), forLogs)
      : undefined,
    ...ANSWERS.map(([answer, file]) =>
      archive.add(`pods/${name}/${file}`, proxied(hub, pod, answer, path, signal), forAnswers),
    ),
  ]);
}

async function proxied(
  hub: Hub,
  pod: Pod,
  answer: string,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const proxy = `${path.replace(/\/[^/]*$/, '')}/${encodeURIComponent(pod.metadata.name)}:${httpPort(pod)}/proxy`;
  return await textOf(hub, `${proxy}/${answer}`, {}, signal);
}

async function textOf(
  { client }: Hub,
  path: string,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of await client.stream({ method: 'GET', path, query, accept: '*/*', signal })) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > 4 * LOG_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  image?: string;
  imageID?: string;
  state?: object;
  lastState?: object;
}

interface ExporterPod extends Omit<Pod, 'status' | 'spec'> {
  readonly spec?: Pod['spec'] & { nodeName?: string };
  readonly status?: Pod['status'] & {
    phase?: string;
    startTime?: string;
    containerStatuses?: ContainerStatus[];
  };
}

/** The pods of the chart, or else the leader. */
async function podsOf(hub: Hub, signal: AbortSignal): Promise<ExporterPod[]> {
  const kind = { apiVersion: 'v1', kind: 'Pod' };
  const items = await listObjects<ExporterPod>(hub.client, kind, hub.namespace, EXPORTER_LABEL, signal);
  return items.length > 0 ? items.slice(0, MOST_PODS) : [await exporterPod(hub, signal)];
}

/** Without its environment, which may hold credentials. */
function podSummary({ metadata, spec, status }: ExporterPod): object {
  return {
    name: metadata.name,
    node: spec?.nodeName,
    serviceAccount: spec?.serviceAccountName,
    phase: status?.phase,
    started: status?.startTime,
    containers: status?.containerStatuses?.map(
      ({ name, ready, restartCount, image, imageID, state, lastState }) => ({
        name,
        ready,
        restartCount,
        image,
        imageID,
        state,
        lastState,
      }),
    ),
  };
}

function hasRestarted({ status }: ExporterPod): boolean {
  return (status?.containerStatuses ?? []).some(({ restartCount = 0 }) => restartCount > 0);
}
