import type { PinoLogger } from 'nestjs-pino';
import { createClusterClient } from '../kube/http/cluster-client.ts';
import { NameLookups } from '../kube/http/name-lookups.ts';
import { SecureContexts } from '../kube/http/secure-contexts.ts';
import type { Cluster } from './cluster.ts';
import { expiriesOf } from './credentials/credential-expiry.ts';
import { identityOf } from './identity.ts';
import type { AcceptedEntry, EntryVerdict } from './entries/entry.ts';
import type { OwnedEntry } from './registries/registry-diff.ts';
import type { RejectedEntry } from './registries/registry-view.ts';

/** The clusters whose entries are accepted, with a client each, and the entries that are refused. Owns the clients and closes them. */
export class Clusters {
  readonly accepted = new Map<string, Cluster>();
  readonly rejected = new Map<string, RejectedEntry>();
  /** What the clients of all clusters use together. */
  private readonly shared = { secureContexts: new SecureContexts(), lookup: new NameLookups().lookup };
  /** Ends each cluster's signal. */
  private readonly leaving = new WeakMap<Cluster, AbortController>();

  constructor(
    private readonly connectTimeoutMs: number,
    private readonly logger: PinoLogger,
  ) {}

  /** Puts what came of an entry in the place of what was there under its name. */
  put(name: string, owned: OwnedEntry, verdict: EntryVerdict): void {
    this.drop(name);
    if ('accepted' in verdict) this.accept(name, owned, verdict.accepted);
    else this.reject({ name, registry: owned.registry.name, origin: owned.entry.origin, ...verdict.refused });
  }

  drop(name: string): void {
    this.rejected.delete(name);
    const cluster = this.accepted.get(name);
    if (!cluster) return;
    this.accepted.delete(name);
    this.leaving.get(cluster)?.abort();
    void cluster.client.close();
  }

  async close(): Promise<void> {
    for (const cluster of this.accepted.values()) this.leaving.get(cluster)?.abort();
    await Promise.all([...this.accepted.values()].map(({ client }) => client.close()));
  }

  private accept(name: string, { entry, registry }: OwnedEntry, { endpoint, warnings }: AcceptedEntry): void {
    for (const warning of warnings)
      this.logger.warn({ cluster: name, warning }, 'entry accepted with a warning');
    const leaving = new AbortController();
    const cluster: Cluster = {
      name,
      ...(entry.name !== name && { originalName: entry.name }),
      registry: registry.name,
      ...(entry.origin !== undefined && { origin: entry.origin }),
      server: endpoint.server.origin,
      identity: identityOf(endpoint),
      client: createClusterClient(endpoint, this.connectTimeoutMs, this.shared),
      signal: leaving.signal,
      expiries: expiriesOf(endpoint),
    };
    leaving.signal.addEventListener('abort', () => endpoint.credentials?.close(), { once: true });
    this.leaving.set(cluster, leaving);
    this.accepted.set(name, cluster);
  }

  private reject(entry: RejectedEntry): void {
    const { name: cluster, registry, reason, message: problem, remedy, empty } = entry;
    this.rejected.set(cluster, entry);
    const log = { cluster, registry, reason, problem, remedy };
    if (empty) this.logger.warn(log, 'empty entry skipped, its published key is kept');
    else this.logger.error(log, 'entry rejected, its published key is kept');
  }
}
