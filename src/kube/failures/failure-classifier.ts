import type { Explanation } from '../../base/errors/explanation.ts';
import { KubeRequestError } from './kube-request.error.ts';
import type { FailureReason } from './reason.ts';

const REASON_OF_CODE: Readonly<Record<string, FailureReason>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  ECONNREFUSED: 'connect',
  ECONNRESET: 'connect',
  ECONNABORTED: 'connect',
  EHOSTUNREACH: 'connect',
  EHOSTDOWN: 'connect',
  ENETUNREACH: 'connect',
  ENETDOWN: 'connect',
  EADDRNOTAVAIL: 'connect',
  EPIPE: 'connect',
  UND_ERR_SOCKET: 'connect',
  UND_ERR_CLOSED: 'connect',
  UND_ERR_DESTROYED: 'connect',
  // A proxy that refuses the tunnel.
  UND_ERR_ABORTED: 'connect',
  UND_ERR_PRX_TLS: 'tls',
  EMFILE: 'connect',
  ENFILE: 'connect',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_RESPONSE: 'server_error',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'server_error',
  UND_ERR_HEADERS_OVERFLOW: 'server_error',
  EPROTO: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  HOSTNAME_MISMATCH: 'tls',
  INVALID_PURPOSE: 'tls',
  INVALID_CA: 'tls',
};

/** What is not the server's fault. */
const EXPLANATION_OF_CODE: Readonly<Record<string, Required<Explanation>>> = {
  EMFILE: {
    message: 'The exporter has as many files and connections open as it may.',
    remedy: 'Raise its limit of open files (ulimit -n) above twice the number of clusters.',
  },
  ENFILE: {
    message: 'The machine has as many files and connections open as it may.',
    remedy: 'Raise its limit of open files (fs.file-max).',
  },
};

/** OpenSSL's and Node's names for what is wrong with a certificate or a handshake. */
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|ERROR_IN_CERT)/;
/** llhttp's names for a response that is not HTTP. */
const BROKEN_HTTP_CODE = /^HPE_/;

/** Turns whatever a request threw into a {@link KubeRequestError}. Follows `cause`, since undici wraps. */
export function toKubeRequestError(thrown: unknown): KubeRequestError {
  if (thrown instanceof KubeRequestError) return thrown;
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = causeOf(error), depth++) {
    const networkCode = codeOf(error);
    const reason = networkCode === undefined ? undefined : reasonOfCode(networkCode);
    if (networkCode !== undefined && reason)
      return new KubeRequestError({ reason, networkCode, ...EXPLANATION_OF_CODE[networkCode] });
    if (error.name === 'TimeoutError' || error.name === 'AbortError') {
      return new KubeRequestError({ reason: 'timeout' });
    }
  }
  return new KubeRequestError({ reason: 'internal', cause: thrown });
}

/** Several addresses of one name failed: Node reports an AggregateError, whose parts carry the codes. */
function causeOf(error: Error): unknown {
  return error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function reasonOfCode(code: string): FailureReason | undefined {
  if (Object.hasOwn(REASON_OF_CODE, code)) return REASON_OF_CODE[code];
  if (TLS_CODE.test(code)) return 'tls';
  if (BROKEN_HTTP_CODE.test(code)) return 'server_error';
  return undefined;
}

/** What of a failed response counts. */
export interface FailedResponse {
  status: number;
  retryAfter: string | undefined;
  /** The body, if it was JSON; only the fields of a Status object are looked at. */
  body: unknown;
}

/**
 * Turns a response other than 2xx into a {@link KubeRequestError}. `not_found` needs a Kubernetes Status that says so:
 * a proxy's 404 page must never make a cluster lose its key.
 */
export function failureOfResponse({ status, retryAfter, body }: FailedResponse): KubeRequestError {
  const statusReason = statusReasonOf(body);
  const retryAfterMs = parseRetryAfter(retryAfter);
  return new KubeRequestError({
    reason: reasonOfStatus(status, statusReason),
    status,
    ...(statusReason !== undefined && { statusReason }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function reasonOfStatus(status: number, statusReason: string | undefined): FailureReason {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return statusReason === 'NotFound' ? 'not_found' : 'server_error';
    case 413:
      return 'too_large';
    case 429:
      return 'rate_limited';
    default:
      return 'server_error';
  }
}

/** The reasons that we act on or show; anything else a server may put there is not passed on. */
const KNOWN_STATUS_REASONS = new Set([
  'NotFound',
  'Expired',
  'Gone',
  'Conflict',
  'AlreadyExists',
  'Invalid',
  'Forbidden',
  'Unauthorized',
  'BadRequest',
  'RequestEntityTooLarge',
  'TooManyRequests',
  'Timeout',
  'ServerTimeout',
  'InternalError',
  'ServiceUnavailable',
]);

function statusReasonOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { kind, reason } = body as { kind?: unknown; reason?: unknown };
  return kind === 'Status' && typeof reason === 'string' && KNOWN_STATUS_REASONS.has(reason)
    ? reason
    : undefined;
}

/** `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3): API servers send the first, what stands before them may send either. */
function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1_000;
  const at = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
