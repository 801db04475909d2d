import { Injectable } from '@nestjs/common';
import {
  ObjectRefs,
  Output,
  type OutputKind,
  type PublishedContent,
  type WantedObject,
} from 'multi-cluster-config-exporter';
import { FleetSettings } from './fleet.settings.js';

/** A ConfigMap that says which keys each cluster publishes: for people who may not read the aggregate. */
@Injectable()
export class FleetSummary extends Output {
  override readonly name = 'fleet-summary';
  override readonly kinds: readonly OutputKind[];
  private readonly namespace: string;

  constructor(
    refs: ObjectRefs,
    private readonly settings: FleetSettings,
  ) {
    super();
    this.namespace = refs.aggregate.namespace;
    this.kinds = [
      { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaces: [this.namespace] },
    ];
  }

  override objects(contents: ReadonlyMap<string, PublishedContent>): WantedObject[] {
    const data = Object.fromEntries(
      [...contents.values()].map(({ cluster, data: { keys } }) => [cluster, keys.toSorted().join(', ')]),
    );
    return [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: this.namespace,
        name: this.settings.SUMMARY,
        fields: { data },
      },
    ];
  }
}
