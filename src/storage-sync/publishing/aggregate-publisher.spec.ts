import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Term } from '../../leader-election/leadership.ts';
import type { ClusterStates, StateChange } from '../keeping/cluster-states.ts';
import type { AggregateOutput, Outcome } from './aggregate/aggregate-output.ts';
import { AggregatePublisher } from './aggregate-publisher.ts';
import type { Outputs } from './outputs/outputs.ts';
import type { Publication } from './publication.ts';

describe('AggregatePublisher', () => {
  /** Urgent attempts may begin at once, others once the budget is full. */
  const FULL_IN_MS = 5_000;
  const attempts: number[] = [];
  let outcome: Outcome;
  let publisher: AggregatePublisher;
  let tell: (change: StateChange) => void;
  let startedAtMs: number;

  beforeEach(() => {
    vi.useFakeTimers();
    attempts.length = 0;
    startedAtMs = performance.now();
    outcome = { result: 'ok', againInMs: Number.POSITIVE_INFINITY };
    const states = { onChange: (listener: typeof tell) => void (tell = listener) };
    const output = {
      notBeforeMs: (urgent: boolean) => (urgent ? 0 : startedAtMs + FULL_IN_MS),
      bringUpToDate: () => {
        attempts.push(Math.round(performance.now() - startedAtMs));
        return Promise.resolve(outcome);
      },
      reset: () => undefined,
    };
    const publication = { status: { keys: 0, bytes: 0 }, reset: () => undefined, failed: () => undefined };
    const outputs = { start: () => undefined, stop: () => Promise.resolve() };
    publisher = new AggregatePublisher(
      states as unknown as ClusterStates,
      output as unknown as AggregateOutput,
      publication as unknown as Publication,
      outputs as unknown as Outputs,
      true,
    );
    publisher.start({ signal: new AbortController().signal } as Term);
  });

  afterEach(async () => {
    await publisher.stop();
    vi.useRealTimers();
  });

  it('publishes a content at once', async () => {
    tell('content');
    await vi.advanceTimersByTimeAsync(10);

    expect(attempts).toEqual([0]);
  });

  it('leaves the budget to contents when only what is said about them changes', async () => {
    tell('content');
    await vi.advanceTimersByTimeAsync(10);
    tell('memory');
    await vi.advanceTimersByTimeAsync(FULL_IN_MS - 20);
    expect(attempts).toEqual([0]);

    await vi.advanceTimersByTimeAsync(20);

    expect(attempts).toEqual([0, FULL_IN_MS]);
  });

  it('takes along what is said about contents when one changes', async () => {
    tell('content');
    await vi.advanceTimersByTimeAsync(10);
    tell('memory');
    await vi.advanceTimersByTimeAsync(1_000);

    tell('content');
    await vi.advanceTimersByTimeAsync(10);
    await vi.advanceTimersByTimeAsync(2 * FULL_IN_MS);

    expect(attempts).toEqual([0, 1_010]);
  });

  it('continues at once with what it has to write in several parts', async () => {
    outcome = { result: 'ok', againInMs: 0 };
    tell('content');
    await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(0);
    outcome = { result: 'ok', againInMs: Number.POSITIVE_INFINITY };
    await vi.advanceTimersByTimeAsync(10);

    expect(attempts.length).toBeGreaterThan(1);
    expect(attempts.at(-1)).toBeLessThan(10);
  });
});
