import { Injectable } from '@nestjs/common';
import { Settings } from '../../base/config/settings.ts';
import { HubCredentials } from './hub-credentials.ts';
import { ObjectsClashError } from './objects-clash.error.ts';
import type { ObjectRef } from '../objects/object-ref.ts';

/** Where the objects live that we read and write, once the settings and the hub's own namespace are known. */
@Injectable()
export class ObjectRefs {
  /** On the hub. */
  readonly registry: ObjectRef;
  /** On the hub: the first of {@link aggregateParts}, which has the aggregate's name. */
  readonly aggregate: ObjectRef;
  /** On the hub: the Secrets that the aggregate may be split over. */
  readonly aggregateParts: readonly ObjectRef[];
  /** On the hub. */
  readonly lease: ObjectRef;
  /** In every cluster. */
  readonly source: ObjectRef;

  constructor(settings: Settings, hub: HubCredentials) {
    const namespace = settings.namespace ?? hub.namespace;
    this.registry = { namespace, name: settings.registrySecret };
    this.aggregate = { namespace, name: settings.aggregateSecret };
    this.aggregateParts = aggregatePartNames(settings).map((name, part) =>
      part === 0 ? this.aggregate : { namespace, name },
    );
    this.lease = { namespace, name: 'multi-cluster-config-exporter' };
    this.source = { namespace: settings.sourceNamespace ?? namespace, name: settings.sourceSecret };
    refuseClashes(this);
  }
}

/** Names of the Secrets that the aggregate may be split over; the first is the aggregate's. */
export function aggregatePartNames({
  aggregateSecret,
  aggregateParts,
}: Pick<Settings, 'aggregateSecret' | 'aggregateParts'>): string[] {
  return Array.from({ length: aggregateParts }, (_, part) =>
    part === 0 ? aggregateSecret : `${aggregateSecret}-${part}`,
  );
}

/** The hub may be among the clusters, so that its source is on the hub, too. @throws ObjectsClashError */
function refuseClashes({ registry, aggregateParts, source }: ObjectRefs): void {
  for (const part of aggregateParts) refuseClash(part, registry, source);
  if (isSame(source, registry))
    throw new ObjectsClashError(
      `On the hub, the source and the registry are the same Secret, ${source.namespace}/${source.name}: its credentials would be published.`,
      'Set MCCE_SOURCE_SECRET or MCCE_REGISTRY_SECRET to another name, or MCCE_SOURCE_NAMESPACE to another namespace.',
    );
}

function refuseClash(aggregate: ObjectRef, registry: ObjectRef, source: ObjectRef): void {
  const where = `${aggregate.namespace}/${aggregate.name}`;
  if (isSame(aggregate, registry))
    throw new ObjectsClashError(
      `The aggregate and the registry are the same Secret, ${where}.`,
      'Set MCCE_AGGREGATE_SECRET to another name.',
    );
  if (isSame(aggregate, source))
    throw new ObjectsClashError(
      `On the hub, the aggregate and the source are the same Secret, ${where}: it would hold itself.`,
      'Set MCCE_AGGREGATE_SECRET or MCCE_SOURCE_SECRET to another name, or MCCE_SOURCE_NAMESPACE to another namespace.',
    );
}

function isSame(one: ObjectRef, other: ObjectRef): boolean {
  return one.namespace === other.namespace && one.name === other.name;
}
