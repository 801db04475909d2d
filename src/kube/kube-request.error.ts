import type { ErrorCode } from '../errors/error-code.ts';
import { ExporterError } from '../errors/exporter.error.ts';
import type { FailureReason } from './reason.ts';

/** What is known about a failed request beyond its reason. */
export interface KubeFailure {
  reason: FailureReason;
  /** In place of that of the reason. */
  sentence?: string;
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

/** A request to an API server that gave no usable answer. Nothing of the response's body is kept. */
export class KubeRequestError extends ExporterError {
  readonly code: ErrorCode = 'KUBE_REQUEST_FAILED';
  readonly reason: FailureReason;
  readonly status: number | undefined;
  readonly statusReason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(failure: KubeFailure) {
    const { reason, status, statusReason, networkCode, retryAfterMs, cause } = failure;
    super(sentenceFor(failure), { cause, details: { reason, status, statusReason, networkCode } });
    this.reason = reason;
    this.status = status;
    this.statusReason = statusReason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What happened and what to do about it. {@link networkCode} comes from Node and undici, never from the server. */
function sentenceFor(failure: KubeFailure): string {
  const { status, networkCode, sentence = usualSentence(failure) } = failure;
  const evidence = networkCode ?? (status === undefined ? undefined : `HTTP ${status}`);
  return evidence === undefined ? sentence : sentence.replace(/\.$/, ` (${evidence}).`);
}

function usualSentence({ reason, status }: KubeFailure): string {
  const invalid = status === 400 || status === 422;
  return invalid ? 'The server refuses what was asked for as invalid; correct it.' : SENTENCES[reason];
}

const SENTENCES: Record<FailureReason, string> = {
  not_found: 'The object does not exist; create it, or correct its name and namespace in the settings.',
  dns: "The server's name cannot be resolved; correct the host, or the resolver.",
  connect: 'The server cannot be reached; check its address, the network and its firewall.',
  tls: "The server's certificate is not accepted; check the CA, the server name and the dates of the certificate.",
  timeout: 'The server did not answer in time; check the network and the load of the server.',
  unauthorized: 'The server does not accept the credentials; renew them.',
  forbidden:
    'The credentials lack a permission on this object; apply docs/manifests/cluster-rbac.yaml, on the hub hub-rbac.yaml.',
  rate_limited: 'The server asks to be called less often; check its priority and fairness settings.',
  server_error:
    'The server gave an answer that cannot be used; check its health and that it is a Kubernetes API server.',
  invalid_entry: 'The entry cannot be used; correct it in the registry.',
  unsafe_entry: 'The entry holds a field that is refused; remove it from the registry.',
  invalid_payload: "The Secret's content would break its readers; correct it.",
  too_large: 'The content is too large; make it smaller.',
  internal: 'The exporter failed in a way that was not foreseen; report it with the log.',
};
