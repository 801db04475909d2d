import { X509Certificate } from 'node:crypto';
import type { ClusterEndpoint } from '../../kube/http/cluster-client.ts';

/** What ends within this time is worth a warning. Milliseconds. */
export const EXPIRES_SOON_MS = 7 * 24 * 60 * 60_000;

/** When a credential ends. After that the cluster answers `unauthorized`. */
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
  const exp = bearerToken === undefined ? undefined : expiryClaim(bearerToken);
  if (exp !== undefined) expiries.push({ kind: 'token', expires: new Date(exp * 1_000) });
  return expiries;
}

/** Seconds since the epoch. Who signed the token is not our business: it is not believed, only shown. */
function expiryClaim(token: string): number | undefined {
  const [, payload, signature, ...rest] = token.split('.');
  if (payload === undefined || signature === undefined || rest.length > 0) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { exp?: unknown } | null;
    const exp = claims?.exp;
    // What a Date can hold.
    return typeof exp === 'number' && Math.abs(exp) <= 8.64e12 ? exp : undefined;
  } catch {
    return undefined;
  }
}
