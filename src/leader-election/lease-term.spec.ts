import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LeaseTerm, leaseMoment } from './lease-term.ts';
import { NotLeadingError } from './not-leading.error.ts';

describe('LeaseTerm', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const aTerm = () => new LeaseTerm(leaseMoment(), 10_000);
  const expectPermitted = (term: LeaseTerm) => expect(() => term.permit()).not.toThrow();
  const expectRefused = (term: LeaseTerm) => expect(() => term.permit()).toThrow(NotLeadingError);

  it('permits writes until its time is over, and then ends', () => {
    const term = aTerm();

    vi.advanceTimersByTime(9_999);
    expectPermitted(term);
    expect(term.signal.aborted).toBe(false);

    vi.advanceTimersByTime(1);
    expectRefused(term);
    expect(term.signal.aborted).toBe(true);
  });

  it('lasts as long again with every renewal, from before the renewal was sent', () => {
    const term = aTerm();
    vi.advanceTimersByTime(2_000);
    const sent = leaseMoment();
    vi.advanceTimersByTime(3_000);

    term.renew(sent);

    vi.advanceTimersByTime(6_999);
    expectPermitted(term);
    vi.advanceTimersByTime(1);
    expectRefused(term);
  });

  it('refuses at once on a process that stood still, before any timer has told', () => {
    const term = aTerm();

    // The clocks go on, and no timer fires.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 20_000);

    expect(term.signal.aborted).toBe(false);
    expectRefused(term);
  });

  it('refuses after a suspended machine, whose monotonic clock stood still', () => {
    const term = aTerm();

    vi.setSystemTime(Date.now() + 20_000);

    expectRefused(term);
  });

  it('is not prolonged by a wall clock that goes back', () => {
    const term = aTerm();
    vi.setSystemTime(Date.now() - 3_600_000);

    vi.advanceTimersByTime(10_000);

    expectRefused(term);
  });

  it('does not begin again once it has ended', () => {
    const term = aTerm();
    term.end();

    term.renew(leaseMoment());

    expectRefused(term);
    expect(term.signal.aborted).toBe(true);
  });
});
