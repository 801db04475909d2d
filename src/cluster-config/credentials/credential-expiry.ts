import { X509Certificate } from 'node:crypto';
import type { ClusterEndpoint } from '../../kube/http/cluster-client.ts';
import { tokenClaims } from '../../kube/objects/token-claims.ts';

/** What ends within this time is worth a warning, unless it lives for a short time as a whole. Milliseconds. */
export const EXPIRES_SOON_MS = 7 * 24 * 60 * 60_000;
/** The end of a short life: a token of a day that is renewed in time never gets there. */
const LAST_SHARE = 0.2;

/** When a credential expires. After that the cluster answers `unauthorized`. */
export interface CredentialExpiry {
  /** `client_certificate`: its notAfter (RFC 5280, 4.1.2.5). `token`: the claim `exp` of a JWT (RFC 7519, 4.1.4). */
  readonly kind: 'client_certificate' | 'token';
  readonly expires: Date;
  /** When its life began: notBefore, or `iat`; absent where it does not say. */
  readonly issued?: Date;
}

/** From when on the end of a credential is worth a warning. @returns milliseconds since the epoch */
export function endsSoonFrom({
  expires,
  issued,
}: {
  readonly expires: Date | string;
  readonly issued?: Date | string;
}): number {
  const end = new Date(expires).getTime();
  const lifeMs = issued === undefined ? Number.POSITIVE_INFINITY : end - new Date(issued).getTime();
  return end - Math.min(EXPIRES_SOON_MS, Math.max(0, lifeMs * LAST_SHARE));
}

/** What the credentials of an endpoint say of their end. A token that is no JWT, or has no end, says nothing. */
export function expiriesOf({ tls, bearerToken }: ClusterEndpoint): CredentialExpiry[] {
  const expiries: CredentialExpiry[] = [];
  if (typeof tls.cert === 'string') {
    const { validFrom, validTo } = new X509Certificate(tls.cert);
    expiries.push({ kind: 'client_certificate', expires: new Date(validTo), issued: new Date(validFrom) });
  }
  const { expires, issued } = tokenClaims(bearerToken);
  if (expires) expiries.push({ kind: 'token', expires, ...(issued && { issued }) });
  return expiries;
}
