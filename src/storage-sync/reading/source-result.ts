import type { Settings } from '../../base/config/settings.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { payloadProblem } from '../keeping/payload-check.ts';
import type { Observation, ReadFailure } from '../keeping/observation.ts';
import { encodeSource } from '../keeping/source-content.ts';

/**
 * What a source means for the aggregate: its content, or why it cannot be published.
 *
 * @param secret undefined: it does not exist
 */
export function sourceResult(
  secret: SecretSnapshot | undefined,
  payloadCheck: Settings['payloadCheck'],
): Observation {
  if (!secret) return failureResult(new KubeRequestError({ reason: 'not_found' }));
  const problem = payloadProblem(payloadCheck, secret.data);
  if (problem) return { reason: 'invalid_payload', ...problem };
  const content = encodeSource(secret.data);
  if (content) return { reason: 'ok', content };
  return {
    reason: 'invalid_payload',
    message: 'A value of the source is not base64, which no API server serves.',
    remedy: 'Check that the address is that of a Kubernetes API server.',
  };
}

/** A request that failed, as a result. */
export function failureResult({ reason, message, remedy, retryAfterMs }: KubeRequestError): ReadFailure {
  return { reason, message, remedy, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
