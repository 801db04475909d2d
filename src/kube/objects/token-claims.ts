/** An object that a token names. A legacy token of a Secret names the Secret without its UID. */
export interface NamedByToken {
  readonly name: string;
  readonly uid?: string;
}

/** What a bearer token says of itself. Who signed it is not our business: it is compared and shown, and never believed. */
export interface TokenClaims {
  /** When the server made it. */
  readonly issued?: Date;
  readonly expires?: Date;
  readonly namespace?: string;
  readonly serviceAccount?: NamedByToken;
  /** The Secret that the token is bound to: deleting it revokes the token. */
  readonly secret?: NamedByToken;
  /** The pod that the token expires with. */
  readonly pod?: NamedByToken;
}

/**
 * Reads the claims of a token that is a JWT (RFC 7519): `iat`, `exp`, and what Kubernetes adds to those of ServiceAccounts, in the form of
 * TokenRequest and in that of token Secrets (Kubernetes, "Managing Service Accounts").
 *
 * @returns nothing for any other token
 */
export function tokenClaims(token: string | undefined): TokenClaims {
  const claims = payloadOf(token);
  const bound = objectOf(claims['kubernetes.io']);
  const legacy = (field: string) => textOf(claims[`kubernetes.io/serviceaccount/${field}`]);
  const issued = dateOf(claims.iat);
  const expires = dateOf(claims.exp);
  const namespace = textOf(bound.namespace) ?? legacy('namespace');
  const serviceAccount =
    namedBy(bound.serviceaccount) ?? named(legacy('service-account.name'), legacy('service-account.uid'));
  const secret = namedBy(bound.secret) ?? named(legacy('secret.name'));
  const pod = namedBy(bound.pod);
  return {
    ...(issued && { issued }),
    ...(expires && { expires }),
    ...(namespace !== undefined && { namespace }),
    ...(serviceAccount && { serviceAccount }),
    ...(secret && { secret }),
    ...(pod && { pod }),
  };
}

function payloadOf(token: string | undefined): Record<string, unknown> {
  const [, payload, signature, ...rest] = token?.split('.') ?? [];
  if (payload === undefined || signature === undefined || rest.length > 0) return {};
  try {
    return objectOf(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    return {};
  }
}

/** Seconds since the epoch, as far as a Date can hold them. */
function dateOf(seconds: unknown): Date | undefined {
  return typeof seconds === 'number' && Math.abs(seconds) <= 8.64e12 ? new Date(seconds * 1_000) : undefined;
}

function namedBy(value: unknown): NamedByToken | undefined {
  const { name, uid } = objectOf(value);
  return named(textOf(name), textOf(uid));
}

function named(name: string | undefined, uid?: string): NamedByToken | undefined {
  return name === undefined ? undefined : { name, ...(uid !== undefined && { uid }) };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
