import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PortTakenError } from './port-taken.error.ts';
import { startExtended } from './start-extended.ts';

class SomeModule {}
const extensions = ['one', 'other'].map((name) => ({ name, module: SomeModule }));

describe('a start with extensions', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives what it comes to, and leaves no timer', async () => {
    expect(await startExtended(extensions, () => Promise.resolve('started'))).toBe('started');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends after a time, with the names of those that may hang', async () => {
    const starting = expect(startExtended(extensions, () => new Promise(() => undefined))).rejects.toThrow(
      'The extension one or other has not started within 20 s.',
    );
    await vi.advanceTimersByTimeAsync(20_000);

    await starting;
  });

  it('ends with what is wrong, where that is an error of ours', async () => {
    const error = new PortTakenError('AggregateWriter', ['one', 'other']);

    await expect(startExtended(extensions, () => Promise.reject(error))).rejects.toBe(error);
  });

  it('has no limit, and blames nobody, where there are none', async () => {
    const error = new Error('of the core');

    await expect(startExtended([], () => Promise.reject(error))).rejects.toBe(error);
  });
});
