import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureOfResponse, toKubeRequestError } from './failure-classifier.ts';

describe('a failure', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-24T10:00:00Z') });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['7', 7_000],
    ['0', 0],
    ['Tue, 24 Nov 2026 10:00:20 GMT', 20_000],
    ['Tuesday, 24-Nov-26 10:00:20 GMT', 20_000],
    ['Tue, 24 Nov 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['99999999', undefined],
    ['2026-11-24T10:00:20Z', undefined],
  ])('with Retry-After: %s is tried again after %s ms', (header, retryAfterMs) => {
    expect(failureOfResponse({ status: 503, retryAfter: header, body: '' }).retryAfterMs).toBe(retryAfterMs);
  });

  it.each([
    ['EMFILE', /ulimit -n/],
    ['ENFILE', /fs\.file-max/],
  ])('for want of file descriptors, %s, is not blamed on the server', (code, remedy) => {
    const dialled = Object.assign(new Error(`connect ${code}`), { code });

    expect(toKubeRequestError(new TypeError('fetch failed', { cause: dialled }))).toMatchObject({
      reason: 'connect',
      message: expect.stringContaining('as many files and connections open as it may'),
      remedy: expect.stringMatching(remedy),
    });
  });
});
