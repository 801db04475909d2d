import type { Settings } from '../../config/settings.ts';
import { KubeRequestError } from '../../kube/kube-request.error.ts';
import type { SecretSnapshot } from '../../kube/secret-snapshot.ts';
import { payloadProblem } from '../keeping/payload-check.ts';
import { encodeSource, type SourceContent } from '../keeping/source-content.ts';
import type { ReadFailure } from './source-reader.ts';

/**
 * What a source means for the aggregate: its content, or why it cannot be published.
 *
 * @param secret undefined: it does not exist
 */
export function sourceResult(
  secret: SecretSnapshot | undefined,
  payloadCheck: Settings['payloadCheck'],
): { reason: 'ok'; content: SourceContent } | ReadFailure {
  if (!secret) return failureResult(new KubeRequestError({ reason: 'not_found' }));
  const problem = payloadProblem(payloadCheck, secret.data);
  if (problem !== undefined) return { reason: 'invalid_payload', message: problem };
  const content = encodeSource(secret.data);
  if (content) return { reason: 'ok', content };
  return {
    reason: 'invalid_payload',
    message: 'A value of the source is not base64, which no API server serves.',
  };
}

/** A request that failed, as a result. */
export function failureResult({ reason, message, retryAfterMs }: KubeRequestError): ReadFailure {
  return { reason, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
