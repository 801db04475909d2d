import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.ts';
import { HubCredentials } from './hub-credentials.ts';
import type { SecretRef } from './secret-ref.ts';

/** Where the three Secrets live, once the settings and the hub's own namespace are known. */
@Injectable()
export class SecretRefs {
  /** On the hub. */
  readonly registry: SecretRef;
  /** On the hub. */
  readonly aggregate: SecretRef;
  /** In every cluster. */
  readonly source: SecretRef;

  constructor(settings: Settings, hub: HubCredentials) {
    const namespace = settings.namespace ?? hub.namespace;
    this.registry = { namespace, name: settings.registrySecret };
    this.aggregate = { namespace, name: settings.aggregateSecret };
    this.source = { namespace: settings.sourceNamespace ?? namespace, name: settings.sourceSecret };
  }
}
