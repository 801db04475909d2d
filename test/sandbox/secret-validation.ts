import type { KubeObject } from '../support/api-client.ts';
import { badRequest, invalid } from './failure.ts';

/** `MaxSecretSize` of k8s.io/api/core/v1. */
const MAX_SECRET_BYTES = 1024 * 1024;

/**
 * Reads a Secret as the API server does: defaults its type, and refuses data that is not base64.
 *
 * @param before what was read already
 */
export function normalizeSecret(secret: KubeObject, before: KubeObject | undefined): KubeObject {
  const data = Object.entries(secret.data ?? {}).map(([key, value]: [string, unknown]) => {
    const isKnown = before?.data?.[key] === value;
    if (!isKnown && value !== null && (typeof value !== 'string' || !isBase64(value))) {
      throw badRequest('v1.Secret.Data: illegal base64 data');
    }
    return [key, value ?? ''];
  });
  const { data: _data, ...rest } = secret;
  return {
    ...rest,
    ...(data.length > 0 && { data: Object.fromEntries(data) }),
    type: secret.type ?? 'Opaque',
  };
}

/** @throws Failure 422 for what the API server refuses */
export function validateSecret(secret: KubeObject, before: KubeObject | undefined): void {
  const name = secret.metadata?.name ?? '';
  let bytes = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..')) {
      throw invalid(name, `data[${key}]: Invalid value`);
    }
    bytes += Buffer.byteLength(value, 'base64');
  }
  if (bytes > MAX_SECRET_BYTES)
    throw invalid(name, `data: Too long: must have at most ${MAX_SECRET_BYTES} bytes`);
  if (before && before.type !== secret.type) throw invalid(name, 'type: Invalid value: field is immutable');
  if (before?.immutable === true && JSON.stringify(before.data) !== JSON.stringify(secret.data)) {
    throw invalid(name, 'data: Forbidden: field is immutable when `immutable` is set');
  }
  if (before?.immutable === true && secret.immutable !== true) {
    throw invalid(name, 'immutable: Forbidden: field is immutable when `immutable` is set');
  }
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
