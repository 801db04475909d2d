import { X509Certificate } from 'node:crypto';
import type { ClusterEndpoint } from '../../kube/http/cluster-client.ts';
import { tokenClaims } from '../../kube/objects/token-claims.ts';

/** What ends within this time is worth a warning. Milliseconds. */
export const EXPIRES_SOON_MS = 7 * 24 * 60 * 60_000;

/** When a credential expires. After that the cluster answers `unauthorized`. */
export interface CredentialExpiry {
  /** `client_certificate`: its notAfter (RFC 5280, 4.1.2.5). `token`: the claim `exp` of a JWT (RFC 7519, 4.1.4). */
  readonly kind: 'client_certificate' | 'token';
  readonly expires: Date;
}

/** What the credentials of an endpoint say of their end. A token that is no JWT, or has no end, says nothing. */
export function expiriesOf({ tls, bearerToken }: ClusterEndpoint): CredentialExpiry[] {
  const expiries: CredentialExpiry[] = [];
  if (typeof tls.cert === 'string')
    expiries.push({ kind: 'client_certificate', expires: new Date(new X509Certificate(tls.cert).validTo) });
  const { expires } = tokenClaims(bearerToken);
  if (expires) expiries.push({ kind: 'token', expires });
  return expiries;
}
