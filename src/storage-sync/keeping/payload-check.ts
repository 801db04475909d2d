import type { Settings } from '../../config/settings.ts';

/** The keys that Primus-Lens reads; it stops at the first cluster in which one of them does not parse. */
const PRIMUS_LENS_KEYS = ['opensearch', 'prometheus', 'postgres'];

/**
 * Checks a source's content for readers that cannot cope with everything.
 *
 * @param data base64 text by key
 * @returns what is wrong, as a sentence that names the key and no value; undefined when all is well
 */
export function payloadProblem(
  check: Settings['payloadCheck'],
  data: ReadonlyMap<string, string>,
): string | undefined {
  switch (check) {
    case 'none':
      return undefined;
    case 'primus-lens': {
      const broken = PRIMUS_LENS_KEYS.find((key) => !holdsJsonObject(data.get(key)));
      return broken && `The source's key "${broken}" must hold a JSON object; correct it in the cluster.`;
    }
  }
}

function holdsJsonObject(encoded: string | undefined): boolean {
  if (encoded === undefined) return false;
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
