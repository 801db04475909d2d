import type { SourceContent } from '../storage-sync/keeping/source-content.ts';

/** Enough to tell two contents apart, and nothing to go back to them by. */
const DIGEST_LENGTH = 12;

/** The first digits of a content's SHA-256. */
export function shortDigest({ digest }: SourceContent): string {
  return digest.slice(0, DIGEST_LENGTH);
}
