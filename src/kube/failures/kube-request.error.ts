import type { ErrorCode } from '../../base/errors/error-code.ts';
import { ExporterError } from '../../base/errors/exporter.error.ts';
import type { Explanation } from '../../base/errors/explanation.ts';
import type { FailureReason } from './reason.ts';

/** What is known about a failed request beyond its reason. */
export interface KubeFailure extends Partial<Explanation> {
  reason: FailureReason;
  /** HTTP status, when the server answered. */
  status?: number;
  /** The `reason` of the Kubernetes Status object, when the server sent one: `NotFound`, `Expired`, `Conflict` … */
  statusReason?: string;
  /** The error code of Node or undici, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
  networkCode?: string;
  /** From `Retry-After`. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** Somebody has to act: another try gets the same answer. */
const LASTING: ReadonlySet<FailureReason> = new Set(['unauthorized', 'forbidden', 'tls']);

/**
 * A request to an API server that gave no usable answer. Nothing of the response's body is kept. Message and remedy are those of the
 * reason, unless the failure has its own.
 */
export class KubeRequestError extends ExporterError {
  readonly code: ErrorCode = 'MCCE_KUBE_REQUEST_FAILED';
  readonly reason: FailureReason;
  readonly status: number | undefined;
  readonly statusReason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(failure: KubeFailure) {
    const { reason, status, statusReason, networkCode, retryAfterMs, cause } = failure;
    const { message, remedy } = { ...usualExplanation(failure), ...failure };
    super(withEvidence(message, failure), {
      remedy,
      lasting: LASTING.has(reason) || isInvalid(status),
      cause,
      details: { reason, status, statusReason, networkCode },
    });
    this.reason = reason;
    this.status = status;
    this.statusReason = statusReason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** {@link networkCode} comes from Node and undici, never from the server. */
function withEvidence(message: string, { status, networkCode }: KubeFailure): string {
  const evidence = networkCode ?? (status === undefined ? undefined : `HTTP ${status}`);
  return evidence === undefined ? message : message.replace(/\.$/, ` (${evidence}).`);
}

function usualExplanation({ reason, status }: KubeFailure): Required<Explanation> {
  return isInvalid(status)
    ? { message: 'The server refuses the request as invalid.', remedy: 'Correct what was asked for.' }
    : EXPLANATIONS[reason];
}

function isInvalid(status: number | undefined): boolean {
  return status === 400 || status === 422;
}

const EXPLANATIONS: Record<FailureReason, Required<Explanation>> = {
  not_found: {
    message: 'The object does not exist.',
    remedy: 'Create it, or correct its name and namespace in the settings.',
  },
  dns: {
    message: "The server's name cannot be resolved.",
    remedy: 'Correct the host, or the resolver.',
  },
  connect: {
    message: 'The server cannot be reached.',
    remedy: 'Check its address, the network and its firewall.',
  },
  tls: {
    message: "The server's certificate is not accepted.",
    remedy: 'Check the CA, the server name and the dates of the certificate.',
  },
  timeout: {
    message: 'The server did not answer in time.',
    remedy: 'Check the network and the load of the server.',
  },
  unauthorized: { message: 'The server does not accept the credentials.', remedy: 'Renew them.' },
  forbidden: {
    message: 'The credentials lack a permission on this object.',
    remedy: 'Apply docs/manifests/cluster-rbac.yaml, on the hub hub-rbac.yaml.',
  },
  rate_limited: {
    message: 'The server asks to be called less often.',
    remedy: 'Check its priority and fairness settings.',
  },
  server_error: {
    message: 'The server gave an answer that cannot be used.',
    remedy: 'Check its health and that it is a Kubernetes API server.',
  },
  invalid_entry: { message: 'The entry cannot be used.', remedy: 'Correct it in the registry.' },
  unsafe_entry: {
    message: 'The entry holds a field that is refused.',
    remedy: 'Remove it from the registry.',
  },
  invalid_payload: { message: "The Secret's content would break its readers.", remedy: 'Correct it.' },
  too_large: { message: 'The content is too large.', remedy: 'Make it smaller.' },
  internal: {
    message: 'The exporter failed in a way that was not foreseen.',
    remedy: 'Report it with the log.',
  },
};
