import type { Settings } from '../../base/config/settings.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import type { Observation, ReadFailure } from '../keeping/observation.ts';
import { payloadChecksOf } from '../keeping/payload-check.ts';
import { encodeSource, NOT_BASE64 } from '../keeping/source-content.ts';
import { SourceData } from '../keeping/source-data.ts';
import type { ReadResult } from './source-reader.ts';

/**
 * What a source means for the aggregate where nothing extends the exporter: its content, or why it cannot be published.
 *
 * @param secret undefined: it does not exist
 */
export function sourceResult(
  secret: SecretSnapshot | undefined,
  payloadCheck: Settings['payloadCheck'],
): Observation {
  const read = readingOf(secret);
  if (read.reason !== 'ok') return read;
  const data = new SourceData(read.data);
  const [problem] = payloadChecksOf(payloadCheck).flatMap((check) => check.check(data) ?? []);
  if (problem) return { reason: 'invalid_payload', ...problem };
  const content = encodeSource(read.data);
  return content ? { reason: 'ok', content } : NOT_BASE64;
}

/** A source that was found, or found not to exist, as a reading. */
export function readingOf(secret: SecretSnapshot | undefined): ReadResult {
  return secret
    ? { reason: 'ok', data: secret.data, ...(secret.uid !== undefined && { uid: secret.uid }) }
    : failureResult(new KubeRequestError({ reason: 'not_found' }));
}

/** A request that failed, as a result. */
export function failureResult({ reason, message, remedy, retryAfterMs }: KubeRequestError): ReadFailure {
  return { reason, message, remedy, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
