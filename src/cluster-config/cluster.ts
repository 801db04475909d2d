import type { KubeClient } from '../kube/http/kube-client.ts';
import type { CredentialExpiry } from './credentials/credential-expiry.ts';

/** A cluster whose entry was accepted, with the client that reaches it. */
export interface Cluster {
  readonly name: string;
  /** Of the entry; another hash is another `Cluster` with another client. */
  readonly hash: string;
  /** The address as it may be shown: no user info, path or query. */
  readonly server: string;
  readonly client: KubeClient;
  /** Aborts when the entry is removed or replaced: nobody wants to know about this cluster any more. */
  readonly signal: AbortSignal;
  /** When the entry's credentials end, as far as they say so. */
  readonly expiries: readonly CredentialExpiry[];
}
