import { explain } from '../../base/errors/explanation.ts';
import { type CredentialExpiry, expiriesOf } from '../../cluster-config/credentials/credential-expiry.ts';
import type { EntryPolicy } from '../../cluster-config/entries/entry.ts';
import { judgeEntries } from '../../cluster-config/registries/judge-entries.ts';
import type { Reason } from '../../kube/failures/reason.ts';
import type { ForeignCluster } from '../status/other-registries.ts';
import type { EntryState } from './entry-state.ts';

/** One entry of a registry, without a secret. */
export interface RegistryEntry {
  name: string;
  /** The registry of an extension that names it; absent where it is the Secret. */
  registry?: string;
  verdict: 'accepted' | 'refused';
  /** Of a refused one. */
  reason?: Reason;
  /** What is wrong with a refused one, or most likely not meant in an accepted one. */
  messages: readonly string[];
  /** Address of the API server; of accepted ones. */
  server?: string;
  /** What kind of credentials it has; of accepted ones. */
  credentials?: readonly ('token' | 'client_certificate')[];
  /** When they end, as far as they say so. */
  expiries?: readonly CredentialExpiry[];
}

/**
 * Judges entries as the exporter does.
 *
 * @param data base64 text by cluster name
 * @returns sorted by name
 */
export function registryEntries(data: ReadonlyMap<string, string>, policy: EntryPolicy): RegistryEntry[] {
  return judgeEntries(data, policy).map(({ name, verdict }): RegistryEntry => {
    if ('refused' in verdict)
      return {
        name,
        verdict: 'refused',
        reason: verdict.refused.reason,
        messages: [explain(verdict.refused)],
      };
    const { endpoint, warnings } = verdict.accepted;
    return {
      name,
      verdict: 'accepted',
      messages: warnings,
      server: endpoint.server.origin,
      credentials: [
        ...(endpoint.tls.cert === undefined ? [] : (['client_certificate'] as const)),
        ...(endpoint.bearerToken === undefined ? [] : (['token'] as const)),
      ],
      expiries: expiriesOf(endpoint),
    };
  });
}

/** An entry of the registry of an extension. */
export function foreignEntry(cluster: ForeignCluster): RegistryEntry {
  const { name, registry, state, reason, message, remedy, server, credentials = [] } = cluster;
  if (state === 'rejected')
    return {
      name,
      registry,
      verdict: 'refused',
      ...(reason && { reason }),
      messages: message === undefined ? [] : [explain({ message, remedy })],
    };
  return {
    name,
    registry,
    verdict: 'accepted',
    messages: [],
    ...(server !== undefined && { server }),
    credentials: credentials.map(({ kind }) => kind),
    expiries: credentials.map(({ kind, expires, issued }) => ({
      kind,
      expires: new Date(expires),
      ...(issued !== undefined && { issued: new Date(issued) }),
    })),
  };
}

/** The worst that is to be said of an entry. */
export function entryState({ verdict, messages }: RegistryEntry): EntryState {
  return verdict === 'accepted' && messages.length > 0 ? 'warning' : verdict;
}
