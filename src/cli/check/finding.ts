import type { Explanation } from '../../base/errors/explanation.ts';
import { ExporterError } from '../../base/errors/exporter.error.ts';
import { toKubeRequestError } from '../../kube/failures/failure-classifier.ts';

/** `skipped`: not tried, since a step before it failed, or since there is nothing to try; then a message says so. */
export type Verdict = 'good' | 'warning' | 'failed' | 'skipped';

/** What a step found. Never holds a byte of a credential, or of a Secret's values. */
export interface Finding {
  readonly verdict: Verdict;
  /** A sentence, or a few words. */
  readonly message?: string;
  /** What to do about it. A command stands on a line of its own. */
  readonly remedy?: string;
}

/** All is well. */
export function good(message?: string): Finding {
  return { verdict: 'good', ...(message !== undefined && { message }) };
}

/** It works, and is not as it should be. */
export function warning(message: string, remedy?: string): Finding {
  return { verdict: 'warning', message, ...(remedy !== undefined && { remedy }) };
}

/** It does not work, and what builds on it cannot be tried. */
export function failed(message: string, remedy: string): Finding {
  return { verdict: 'failed', message, remedy };
}

/** There is nothing to try here, and the steps after it go on. */
export function notNeeded(message: string): Finding {
  return { verdict: 'skipped', message };
}

/** What is said in place of the sentence of an error. */
export type Wording = Partial<Record<'message' | 'remedy', string>>;

/** A failure. Only our own errors keep their message: that of a library may quote a credential. */
export function failedBy(thrown: unknown, wording: Wording = {}): Finding {
  return failedAs(thrown instanceof ExporterError ? thrown : toKubeRequestError(thrown), wording);
}

/** A failure in our own words. */
export function failedAs({ message, remedy }: Explanation, wording: Wording = {}): Finding {
  return { verdict: 'failed', message, ...(remedy !== undefined && { remedy }), ...wording };
}
