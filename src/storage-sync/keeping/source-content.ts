import { createHash } from 'node:crypto';
import type { PayloadCheck } from './payload-check.ts';
import { SourceData } from './source-data.ts';

/** What a cluster contributes to the aggregate: the value of its data key. */
export interface SourceContent {
  /** Base64 of the JSON object, as the aggregate carries it. */
  readonly encoded: string;
  /** Length of the JSON in bytes; these count against the limit of a Secret. */
  readonly bytes: number;
  /** SHA-256 of the JSON, in hex. */
  readonly digest: string;
}

/**
 * Encodes the data of a source: a JSON object, keys sorted bytewise, values the base64 text as served, no white space. It
 * is byte for byte what Go's `json.Marshal(secret.Data)` gives for data that is not nil, since that is what readers decode.
 *
 * @param data base64 text by key
 * @returns undefined when a value is not standard base64, which Go's readers would refuse
 */
export function encodeSource(data: ReadonlyMap<string, string>): SourceContent | undefined {
  // Written by hand: an object of JavaScript would put keys that look like numbers first. Keys of a Secret are ASCII, so
  // the default order of strings is that of their bytes.
  const members: string[] = [];
  for (const key of [...data.keys()].toSorted()) {
    const value = data.get(key) ?? '';
    if (!isStandardBase64(value)) return undefined;
    members.push(`${JSON.stringify(key)}:"${value}"`);
  }
  return toContent(Buffer.from(`{${members.join(',')}}`));
}

/**
 * Takes a value of the aggregate back as content, if its readers can read it.
 *
 * @param encoded base64 text
 * @returns undefined when it is not a JSON object of base64 text, or does not pass a check
 */
export function restoreContent(
  encoded: string,
  checks: readonly PayloadCheck[] = [],
): { content: SourceContent; source: SourceData } | undefined {
  const json = Buffer.from(encoded, 'base64');
  const data = parseData(json.toString('utf8'));
  if (!data) return undefined;
  const source = new SourceData(data);
  if (checks.some((check) => check.check(source) !== undefined)) return undefined;
  return { content: toContent(json), source };
}

/** What is said of data that no API server serves. */
export const NOT_BASE64 = {
  reason: 'invalid_payload',
  message: 'A value of the source is not base64, which no API server serves.',
  remedy: 'Check that the address is that of a Kubernetes API server.',
} as const;

/** As Go's readers do: `null` is an empty map, or an empty value. */
function parseData(json: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || Array.isArray(value)) return undefined;
    const data = new Map<string, string>();
    for (const [key, entry] of Object.entries(value ?? {}) as [string, unknown][]) {
      if (entry !== null && (typeof entry !== 'string' || !isStandardBase64(entry))) return undefined;
      data.set(key, entry ?? '');
    }
    return data;
  } catch {
    return undefined;
  }
}

function toContent(json: Buffer): SourceContent {
  return {
    encoded: json.toString('base64'),
    bytes: json.length,
    digest: createHash('sha256').update(json).digest('hex'),
  };
}

function isStandardBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
