import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { EXIT } from './exit-code.ts';
import { untilInterrupted, untilStopped } from './until-interrupted.ts';

describe('untilInterrupted', () => {
  it.each(['SIGINT', 'SIGTERM'])(
    'has the task tidy up after %s, and leaves a second one alone',
    async (name) => {
      const signals = new EventEmitter();
      const steps: string[] = [];
      const result = untilInterrupted(async (interruption) => {
        try {
          await once(interruption, 'abort');
          interruption.throwIfAborted();
        } finally {
          steps.push(`tidied, and ${signals.listenerCount('SIGINT')} listen`);
        }
      }, signals);

      signals.emit(name, name);

      await expect(result).rejects.toThrow(`${name} ended it before it was done.`);
      expect(steps).toEqual(['tidied, and 0 listen']);
    },
  );

  it('gives what the task gives, and listens no longer', async () => {
    const signals = new EventEmitter();

    expect(await untilInterrupted(async () => 'done', signals)).toBe('done');
    expect(signals.eventNames()).toEqual([]);
  });
});

describe('untilStopped', () => {
  it.each(['SIGINT', 'SIGTERM'])('is good after %s, whatever that breaks off', async (name) => {
    const signals = new EventEmitter();
    const result = untilStopped(async (stopping) => {
      await once(stopping, 'abort');
      stopping.throwIfAborted();
      return EXIT.failed;
    }, signals);

    signals.emit(name, name);

    expect(await result).toBe(EXIT.good);
    expect(signals.eventNames()).toEqual([]);
  });

  it('fails as the task does before that', async () => {
    const signals = new EventEmitter();

    await expect(
      untilStopped(async () => await Promise.reject(new Error('broken')), signals),
    ).rejects.toThrow('broken');
    expect(signals.eventNames()).toEqual([]);
  });
});
