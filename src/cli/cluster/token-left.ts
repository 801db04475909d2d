import type { EntryPolicy } from '../../cluster-config/entries/entry.ts';
import { registryEntries } from '../registry/registry-entries.ts';

/**
 * What stays valid in the cluster when its entry goes, for the operator.
 *
 * @param encoded the entry, in base64
 */
export function tokenLeft(encoded: string | undefined, policy: EntryPolicy): string[] {
  const [entry] = registryEntries(new Map(encoded === undefined ? [] : [['it', encoded]]), policy);
  if (!entry?.credentials?.length) return [];
  const [expiry] = entry.expiries ?? [];
  const until = expiry ? ` until ${expiry.expires.toISOString()}` : '';
  return [`its credentials stay valid in the cluster${until}; --purge ends those that mcce made`];
}
