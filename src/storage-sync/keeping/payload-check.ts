import type { Settings } from '../../base/config/settings.ts';
import type { Explanation } from '../../base/errors/explanation.ts';

/** The keys that Primus-Lens reads; it stops at the first cluster in which one of them does not parse. One of its installers writes no opensearch. */
const PRIMUS_LENS_KEYS = { prometheus: 'required', postgres: 'required', opensearch: 'optional' } as const;

/**
 * Checks a source's content for readers that cannot cope with everything.
 *
 * @param data base64 text by key
 * @returns what is wrong; names the key and no value. Undefined when all is well
 */
export function payloadProblem(
  check: Settings['payloadCheck'],
  data: ReadonlyMap<string, string>,
): Explanation | undefined {
  switch (check) {
    case 'none':
      return undefined;
    case 'primus-lens': {
      const broken = Object.entries(PRIMUS_LENS_KEYS).find(([key, need]) => {
        const value = data.get(key);
        return value === undefined ? need === 'required' : !holdsJsonObject(value);
      });
      return (
        broken && {
          message: `The source's key "${broken[0]}" must hold a JSON object.`,
          remedy: 'Correct it in the cluster.',
        }
      );
    }
  }
}

function holdsJsonObject(encoded: string): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
