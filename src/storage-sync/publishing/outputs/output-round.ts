import type { Explanation } from '../../../base/errors/explanation.ts';

/** What failed is tried again after this time, without news. Milliseconds. */
const RETRY_MS = 5_000;
/** What somebody else has is looked at again after this time. Milliseconds. */
export const AGAIN_MS = 30_000;

/** What went wrong in one attempt of an output. */
export class OutputRound {
  /** Objects that are there and are not ours. */
  readonly refused: string[] = [];
  private failures = 0;
  private first: Explanation | undefined;

  /** @param wanted how many objects there should be */
  constructor(private readonly wanted: number) {}

  /** When to look again without news. */
  get againInMs(): number {
    if (this.failures > 0) return RETRY_MS;
    return this.refused.length > 0 ? AGAIN_MS : Number.POSITIVE_INFINITY;
  }

  /** One object is not as it should be. */
  failed(key: string, { message, remedy }: Explanation): void {
    this.failures++;
    this.first ??= { message: `${key}: ${message}`, remedy };
  }

  /** All of it in a sentence; undefined: nothing is wrong. */
  get trouble(): Explanation | undefined {
    if (this.first) {
      const more = this.failures > 1 ? ` (${this.failures} of ${this.wanted} objects)` : '';
      return { message: `${this.first.message}${more}`, remedy: this.first.remedy };
    }
    const [refused] = this.refused;
    if (refused === undefined) return undefined;
    const more = this.refused.length > 1 ? ` and ${this.refused.length - 1} more` : '';
    return {
      message: `${refused}${more} is there, and is not the exporter's.`,
      remedy: 'Delete or rename it.',
    };
  }
}
