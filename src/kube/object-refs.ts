import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.ts';
import { HubCredentials } from './hub-credentials.ts';
import type { ObjectRef } from './object-ref.ts';

/** Where the objects live that we read and write, once the settings and the hub's own namespace are known. */
@Injectable()
export class ObjectRefs {
  /** On the hub. */
  readonly registry: ObjectRef;
  /** On the hub. */
  readonly aggregate: ObjectRef;
  /** On the hub. */
  readonly lease: ObjectRef;
  /** In every cluster. */
  readonly source: ObjectRef;

  constructor(settings: Settings, hub: HubCredentials) {
    const namespace = settings.namespace ?? hub.namespace;
    this.registry = { namespace, name: settings.registrySecret };
    this.aggregate = { namespace, name: settings.aggregateSecret };
    this.lease = { namespace, name: 'multi-cluster-config-exporter' };
    this.source = { namespace: settings.sourceNamespace ?? namespace, name: settings.sourceSecret };
  }
}
