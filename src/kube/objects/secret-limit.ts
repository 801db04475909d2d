import type { SecretSnapshot } from './secret-snapshot.ts';

/** What a Secret can hold: the sum over its decoded values (`MaxSecretSize`, k8s.io/api/core/v1). Bytes. */
export const SECRET_LIMIT_BYTES = 1024 * 1024;
/** Share of a limit from which on we warn. */
export const NEARLY_FULL = 0.8;

/** The sum over the decoded values of a Secret. Bytes. */
export function dataBytes({ data }: Pick<SecretSnapshot, 'data'>): number {
  let bytes = 0;
  for (const encoded of data.values()) bytes += Buffer.byteLength(encoded, 'base64');
  return bytes;
}
