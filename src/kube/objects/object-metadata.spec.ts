import { describe, expect, it } from 'vitest';
import { parseMetadata } from './object-metadata.ts';

describe('the UID of an object', () => {
  const uidOf = (uid: unknown) => parseMetadata({ resourceVersion: '1', uid }).uid;

  it('is taken as Kubernetes makes it', () => {
    expect(uidOf('5b6bcfd6-37c5-4b0f-8a0e-2a8a2f6f1c77')).toBe('5b6bcfd6-37c5-4b0f-8a0e-2a8a2f6f1c77');
  });

  it.each([['a'.repeat(65)], [''], ['not a UUID'], [7], [{}], [null], [undefined]])(
    'is not taken from somebody who sends something else: %j',
    (uid) => {
      expect(uidOf(uid)).toBeUndefined();
    },
  );
});
