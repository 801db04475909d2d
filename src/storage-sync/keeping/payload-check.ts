import type { Settings } from '../../base/config/settings.ts';
import type { Explanation } from '../../base/errors/explanation.ts';
import type { SourceData } from './source-data.ts';

/**
 * Checks a source's content for readers that cannot cope with everything. A provider that extends it takes part, beside the others: all
 * have to agree. What is found wrong keeps the content from being published, so that the key stays as it was, with the reason
 * `invalid_payload`. What it throws has the reason `internal`, and the name of the extension.
 */
export abstract class PayloadCheck {
  /**
   * Pure, and quick: it is called for every content that was read.
   *
   * @returns what is wrong; names the key and no value. Undefined when all is well
   */
  abstract check(data: SourceData): Explanation | undefined;
}

/** The keys that Primus-Lens reads; it stops at the first cluster in which one of them does not parse. One of its installers writes no opensearch. */
const PRIMUS_LENS_KEYS = { prometheus: 'required', postgres: 'required', opensearch: 'optional' } as const;

/** What `MCCE_PAYLOAD_CHECK=primus-lens` asks for. */
export class PrimusLensPayloadCheck extends PayloadCheck {
  override check(data: SourceData): Explanation | undefined {
    const broken = Object.entries(PRIMUS_LENS_KEYS).find(([key, need]) => {
      const text = data.text(key);
      return text === undefined ? need === 'required' : !isJsonObject(text);
    });
    return (
      broken && {
        message: `The source's key "${broken[0]}" must hold a JSON object.`,
        remedy: 'Correct it in the cluster.',
      }
    );
  }
}

/** The checks that the settings ask for. */
export function payloadChecksOf(setting: Settings['payloadCheck']): PayloadCheck[] {
  switch (setting) {
    case 'none':
      return [];
    case 'primus-lens':
      return [new PrimusLensPayloadCheck()];
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
