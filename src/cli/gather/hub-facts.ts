import { settingsSchema } from '../../base/config/settings.schema.ts';
import { collectionPath } from '../../kube/objects/object-path.ts';
import { LeaseClient } from '../../kube/objects/lease-client.ts';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import { hubNeeds, lackOf } from '../check/permissions.ts';
import type { Hub } from '../hub.ts';
import { unless } from '../requests.ts';
import type { Archive } from './archive.ts';

/** Only metadata is transferred (Kubernetes API concepts, "Metadata-only fetches"). */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
/** Of one listing. */
const MOST_EVENTS = 500;

/** Adds what the hub knows about the exporter's objects. It requests no content of a Secret. */
export async function addHubFacts(archive: Archive, hub: Hub, signal: AbortSignal): Promise<void> {
  const { client, refs, namespace } = hub;
  const get = (path: string, options: { query?: Record<string, string>; accept?: string } = {}) =>
    client.json({ method: 'GET', path, signal, ...options });
  const metadataOf = async ({ namespace: place, name }: ObjectRef) => {
    const path = `${collectionPath('v1', 'secrets', place)}/${encodeURIComponent(name)}`;
    return secretFacts(name, await unless('not_found', get(path, { accept: METADATA_ONLY })));
  };
  const secret = ({ name, namespace: place }: ObjectRef) =>
    `get on the Secret ${name} in the namespace ${place}`;
  await Promise.all([
    archive.add('hub/version.json', get('/version')),
    archive.add('hub/settings.json', Promise.resolve(settingFacts(hub.environment))),
    archive.add(
      'hub/permissions.json',
      lackOf(client, hubNeeds(hub), signal).then((lacking) => ({
        of: 'the user of mcce gather, compared with what the exporter needs',
        lacking,
      })),
    ),
    archive.add(
      'hub/lease.json',
      unless('not_found', new LeaseClient(client, refs.lease).get(signal)),
      'get on leases',
    ),
    archive.add('hub/registry.json', metadataOf(refs.registry), secret(refs.registry)),
    ...refs.aggregateParts.map((part, index) =>
      archive.add(`hub/aggregate${index === 0 ? '' : `-${index}`}.json`, metadataOf(part), secret(part)),
    ),
    archive.add(
      'hub/events.json',
      get(collectionPath('events.k8s.io/v1', 'events', namespace), {
        query: { limit: String(MOST_EVENTS) },
      }).then((list) => eventFacts(list, hub)),
      `list on events in the namespace ${namespace}`,
    ),
  ]);
}

/** Settings of extensions by name only: their values may be secret. */
function settingFacts(environment: Readonly<Record<string, string>>): object {
  const known = Object.entries(environment).filter(([name]) => name in settingsSchema.shape);
  const others = Object.keys(environment).filter((name) => !(name in settingsSchema.shape));
  return { settings: Object.fromEntries(known), otherNames: others };
}

interface Metadata {
  resourceVersion?: string;
  creationTimestamp?: string;
  labels?: Record<string, string>;
  managedFields?: { manager?: string; operation?: string; time?: string }[];
}

/** Annotations are left out: `kubectl apply` keeps the whole Secret in one. */
function secretFacts(name: string, object: unknown): object {
  if (object === undefined) return { name, exists: false };
  const { metadata = {} } = object as { metadata?: Metadata };
  const { resourceVersion, creationTimestamp, labels, managedFields = [] } = metadata;
  const writers = managedFields.map(({ manager, operation, time }) => ({ manager, operation, time }));
  return { name, exists: true, resourceVersion, creationTimestamp, labels, writers };
}

interface KubeEvent {
  regarding?: { kind?: string; name?: string };
  reason?: string;
  type?: string;
  note?: string;
  eventTime?: string;
  deprecatedLastTimestamp?: string;
  reportingController?: string;
}

/** Those about registry, aggregate, the Lease, and the exporter's pods. */
function eventFacts(list: unknown, { refs }: Hub): object {
  const names = [refs.registry.name, refs.aggregate.name, refs.lease.name];
  const { items = [] } = list as { items?: KubeEvent[] };
  return items
    .filter(({ regarding }) => names.some((name) => regarding?.name?.includes(name)))
    .map(({ regarding, reason, type, note, eventTime, deprecatedLastTimestamp, reportingController }) => ({
      time: eventTime ?? deprecatedLastTimestamp,
      type,
      reason,
      about: `${regarding?.kind}/${regarding?.name}`,
      note,
      reportingController,
    }));
}
