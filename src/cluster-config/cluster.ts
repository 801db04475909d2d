import type { KubeClient } from '../kube/http/kube-client.ts';
import type { CredentialExpiry } from './credentials/credential-expiry.ts';

/** A cluster whose entry was accepted, with the client that reaches it. A changed entry is another `Cluster` with another client. */
export interface Cluster {
  readonly name: string;
  /** What its registry calls it, where that cannot be the key of a Secret. */
  readonly originalName?: string;
  /** The registry that names it. */
  readonly registry: string;
  /** The object that has its entry; absent where the registry is one object. */
  readonly origin?: string;
  /** The address as it may be shown: no user info, path or query. */
  readonly server: string;
  /** The same for two clusters whose entries lead to one address, see {@link identityOf}. Not to be shown. */
  readonly identity: string;
  readonly client: KubeClient;
  /** Aborts when the entry is removed or replaced: nobody wants to know about this cluster any more. */
  readonly signal: AbortSignal;
  /** When the entry's credentials expire, if they say so. */
  readonly expiries: readonly CredentialExpiry[];
}
