import { isDeepStrictEqual } from 'node:util';
import { checkEntry, type ClusterEndpoint, type EntryPolicy } from '../../index.ts';
import { type RenewableToken, renewableToken } from './renewable-token.ts';

/** An entry of the registry whose token can be renewed. */
export interface RenewableEntry {
  readonly name: string;
  /** Base64 text, as the registry has it. */
  readonly content: string;
  readonly endpoint: ClusterEndpoint;
  readonly token: RenewableToken;
}

/** @returns undefined: it is refused, or its credentials are others */
export function renewableEntry(
  name: string,
  content: string,
  policy: EntryPolicy,
): RenewableEntry | undefined {
  const verdict = checkEntry(Buffer.from(content, 'base64'), policy);
  if ('refused' in verdict) return undefined;
  const { endpoint } = verdict.accepted;
  const token = renewableToken(endpoint.bearerToken);
  return token && { name, content, endpoint, token };
}

/**
 * Puts another token in the place of the one that an entry has. Every other byte stays as it is, whatever the format. The token comes from
 * the cluster, so what results is judged as an entry, too: nothing but the token may be another.
 *
 * @returns the content; undefined: the entry does not spell its token out in one piece, or would become another one
 */
export function withToken(
  { content, endpoint, token }: RenewableEntry,
  successor: string,
  policy: EntryPolicy,
): string | undefined {
  // Latin-1 keeps bytes as they are.
  const text = Buffer.from(content, 'base64').toString('latin1');
  const renewed = Buffer.from(
    text.replaceAll(token.text, () => successor),
    'latin1',
  );
  const verdict = checkEntry(renewed, policy);
  if ('refused' in verdict) return undefined;
  const expected: ClusterEndpoint = { ...endpoint, bearerToken: successor };
  return isDeepStrictEqual(verdict.accepted.endpoint, expected) ? renewed.toString('base64') : undefined;
}
