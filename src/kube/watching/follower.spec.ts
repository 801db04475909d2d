import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  type Follower,
  type FollowPolicy,
  type Happening,
  newFollower,
  type ReadOutcome,
  step,
  type StreamEnd,
} from './follower.ts';

const POLICY: FollowPolicy = {
  initialMs: 1_000,
  maxMs: 30_000,
  healthyStreamMs: 5_000,
  pauseMs: 1_000,
  watchTries: 3,
  pollMs: 600_000,
  reopens: false,
};
const NOW = { ms: 100_000, random: 0.5 };
const RECENTLY = NOW.ms - 1_000;
const LONG_AGO = NOW.ms - 6_000;

const CALM = { readFailures: 0, watchFailures: 0, refusal: undefined };
/** Every place, as it may look. */
const PLACES = {
  reading: { at: 'reading', ...CALM },
  opening: { at: 'opening', ...CALM },
  'watching, for a moment, silent': { at: 'watching', sinceMs: RECENTLY, eventful: false, ...CALM },
  'watching, for a moment, eventful': { at: 'watching', sinceMs: RECENTLY, eventful: true, ...CALM },
  'watching, for long, silent': { at: 'watching', sinceMs: LONG_AGO, eventful: false, ...CALM },
  'watching, for long, eventful': { at: 'watching', sinceMs: LONG_AGO, eventful: true, ...CALM },
  polling: { at: 'polling', ...CALM, refusal: { untilMs: NOW.ms + 1, message: 'Not here.' } },
  'waiting to retry': { at: 'waiting', untilMs: NOW.ms, to: 'retry', ...CALM },
  'waiting to reread': { at: 'waiting', untilMs: NOW.ms, to: 'reread', ...CALM },
} as const satisfies Record<string, Follower>;
type PlaceName = keyof typeof PLACES;

const read = (outcome: ReadOutcome, tookMs = 0): Happening => ({ what: 'read', outcome, tookMs });
const ended = (kind: Exclude<StreamEnd['kind'], 'refused'>): Happening => ({ what: 'ended', how: { kind } });
const HAPPENINGS = {
  asked: { what: 'asked' },
  due: { what: 'due' },
  'read, watchable': read({ kind: 'watchable' }),
  'read, unwatchable': read({
    kind: 'unwatchable',
    refusal: { untilMs: Number.POSITIVE_INFINITY, message: undefined },
  }),
  'read, failed': read({ kind: 'failed', retryAfterMs: 0 }),
  opened: { what: 'opened' },
  told: { what: 'told' },
  'ended in good order': ended('orderly'),
  'ended silent': ended('silent'),
  'ended restless': ended('restless'),
  'ended expired': ended('expired'),
  'ended lost': ended('lost'),
  'ended refused': { what: 'ended', how: { kind: 'refused', message: 'No.' } },
} as const satisfies Record<string, Happening>;
type HappeningName = keyof typeof HAPPENINGS;

/** Where it stands afterwards, and what is done: `reading | read`. */
const outcomeOf = (follower: Follower, happening: Happening, policy = POLICY) => {
  const { next, actions } = step(follower, happening, policy, NOW);
  const done = actions.map((action) => {
    switch (action.do) {
      case 'read':
        return `read${action.cause ? ` for a ${action.cause}` : ''}${action.toWatch ? '' : ' alone'}`;
      case 'open':
        return 'open';
      case 'wait':
        return `wait ${action.ms}`;
    }
  });
  return [next.at, ...done].join(' | ');
};

const REREAD_NOW = 'reading | read for a reread';
const BACK_OFF = 'waiting | wait 500';
const PAUSE = 'waiting | wait 1000';
/** What each happening leads to in each place; anything else changes nothing. */
const TABLE: Record<PlaceName, Partial<Record<HappeningName, string>>> = {
  reading: {
    'read, watchable': 'opening | open',
    'read, unwatchable': 'polling',
    'read, failed': BACK_OFF,
  },
  opening: {
    opened: 'watching',
    'ended in good order': BACK_OFF,
    'ended silent': REREAD_NOW,
    'ended restless': PAUSE,
    'ended expired': REREAD_NOW,
    'ended lost': BACK_OFF,
    'ended refused': 'polling',
  },
  'watching, for a moment, silent': {
    told: 'watching',
    'ended in good order': BACK_OFF,
    'ended silent': REREAD_NOW,
    'ended restless': PAUSE,
    'ended expired': REREAD_NOW,
    'ended lost': BACK_OFF,
    'ended refused': 'polling',
  },
  'watching, for a moment, eventful': {
    told: 'watching',
    'ended in good order': PAUSE,
    'ended silent': REREAD_NOW,
    'ended restless': PAUSE,
    'ended expired': REREAD_NOW,
    'ended lost': PAUSE,
    'ended refused': 'polling',
  },
  'watching, for long, silent': {
    told: 'watching',
    'ended in good order': REREAD_NOW,
    'ended silent': REREAD_NOW,
    'ended restless': PAUSE,
    'ended expired': REREAD_NOW,
    'ended lost': BACK_OFF,
    'ended refused': 'polling',
  },
  'watching, for long, eventful': {
    told: 'watching',
    'ended in good order': REREAD_NOW,
    'ended silent': REREAD_NOW,
    'ended restless': PAUSE,
    'ended expired': REREAD_NOW,
    'ended lost': BACK_OFF,
    'ended refused': 'polling',
  },
  polling: { asked: 'reading | read alone' },
  'waiting to retry': { due: 'reading | read for a retry' },
  'waiting to reread': { due: REREAD_NOW },
};

describe('a follower', () => {
  it('begins by reading', () => {
    expect(newFollower()).toEqual({
      next: { at: 'reading', ...CALM },
      actions: [{ do: 'read', cause: undefined, toWatch: true }],
    });
  });

  const rows = Object.keys(PLACES).flatMap((place) =>
    Object.keys(HAPPENINGS).map((happening) => [place, happening] as [PlaceName, HappeningName]),
  );

  it.each(rows)('that is %s: %s', (place, happening) => {
    const wanted = TABLE[place][happening] ?? PLACES[place].at;

    expect(outcomeOf(PLACES[place], HAPPENINGS[happening])).toBe(wanted);
    if (TABLE[place][happening] === undefined)
      expect(step(PLACES[place], HAPPENINGS[happening], POLICY, NOW).next).toBe(PLACES[place]);
  });

  describe('whose reading fails', () => {
    const failing = (readFailures: number): Follower => ({ ...PLACES.reading, readFailures });

    it('waits twice as long from one failure to the next, up to the longest delay', () => {
      const delays = [0, 1, 2, 3, 4, 5, 60].map((failures) =>
        outcomeOf(failing(failures), HAPPENINGS['read, failed']),
      );

      expect(delays).toEqual(
        [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000].map((ms) => `waiting | wait ${ms}`),
      );
    });

    it('is tried at least once in the longest delay, whatever a try takes', () => {
      expect(outcomeOf(failing(9), read({ kind: 'failed', retryAfterMs: 0 }, 18_000))).toBe(
        'waiting | wait 3000',
      );
      expect(outcomeOf(failing(9), read({ kind: 'failed', retryAfterMs: 0, mayTakeMs: 18_000 }, 200))).toBe(
        outcomeOf(failing(9), read({ kind: 'failed', retryAfterMs: 0 }, 18_000)),
      );
      expect(outcomeOf(failing(9), read({ kind: 'failed', retryAfterMs: 0 }, 40_000))).toBe(
        'waiting | wait 1000',
      );
    });

    it('is left alone for as long as the server asks, up to five minutes', () => {
      expect(outcomeOf(failing(0), read({ kind: 'failed', retryAfterMs: 20_000 }))).toBe(
        'waiting | wait 20000',
      );
      expect(outcomeOf(failing(0), read({ kind: 'failed', retryAfterMs: 9e9 }))).toBe(
        'waiting | wait 300000',
      );
    });

    it('starts over once a reading goes well', () => {
      expect(step(failing(5), HAPPENINGS['read, watchable'], POLICY, NOW).next.readFailures).toBe(0);
    });
  });

  describe('whose watch does not work', () => {
    const third = (place: Follower): Follower => ({ ...place, watchFailures: 2 });

    it.each(['ended lost', 'ended expired', 'ended silent', 'ended in good order'] as const)(
      'is polled after the third time in a row: %s',
      (happening) => {
        const { next, actions } = step(third(PLACES.opening), HAPPENINGS[happening], POLICY, NOW);

        expect(actions).toEqual([{ do: 'read', cause: 'reread', toWatch: false }]);
        expect(next).toMatchObject({
          at: 'reading',
          watchFailures: 0,
          refusal: { untilMs: NOW.ms + POLICY.pollMs, message: expect.stringContaining('polled') },
        });
        expect(step(next, HAPPENINGS['read, watchable'], POLICY, NOW).next).toMatchObject({ at: 'polling' });
      },
    );

    it('is tried again after ten minutes', () => {
      const refusal = { untilMs: NOW.ms, message: 'Not here.' };

      expect(outcomeOf({ ...PLACES.polling, refusal }, HAPPENINGS.asked)).toBe('reading | read');
      expect(outcomeOf({ ...PLACES.reading, refusal }, HAPPENINGS['read, watchable'])).toBe('opening | open');
    });

    it('has all its tries again once a stream was good for a while', () => {
      const [lost, expired] = (['ended lost', 'ended expired'] as const).map(
        (happening) =>
          step(third(PLACES['watching, for long, silent']), HAPPENINGS[happening], POLICY, NOW).next,
      );

      expect([lost?.watchFailures, expired?.watchFailures]).toEqual([1, 1]);
    });

    it('is not asked in a tight loop where each stream tells something, and then that the version is too old', () => {
      const again = { ...PLACES['watching, for a moment, eventful'], watchFailures: 1 };

      expect(outcomeOf(again, HAPPENINGS['ended expired'])).toBe('waiting | wait 1000');
    });

    it('is not asked in a tight loop by a server that forgets its history at once', () => {
      expect(outcomeOf({ ...PLACES.opening, watchFailures: 1 }, HAPPENINGS['ended expired'])).toBe(
        'waiting | wait 1000',
      );
    });

    it('continues from where a stream ended in good order, if that is wanted', () => {
      const policy = { ...POLICY, reopens: true };

      expect(
        outcomeOf(PLACES['watching, for long, eventful'], HAPPENINGS['ended in good order'], policy),
      ).toBe('opening | open');
      expect(
        outcomeOf(PLACES['watching, for a moment, eventful'], HAPPENINGS['ended in good order'], policy),
      ).toBe(PAUSE);
    });
  });

  it('always has something to wait for, and never two things, whatever happens', () => {
    const happening = fc.constantFrom(...Object.values(HAPPENINGS));
    const walk = fc.array(
      fc.record({ happening, ms: fc.nat(700_000), random: fc.float({ min: 0, max: 1, noNaN: true }) }),
      {
        maxLength: 200,
      },
    );
    const expected: Record<Follower['at'], Action['do'] | 'nothing' | 'stream'> = {
      reading: 'read',
      opening: 'open',
      watching: 'stream',
      polling: 'nothing',
      waiting: 'wait',
    };
    fc.assert(
      fc.property(walk, fc.boolean(), (steps, reopens) => {
        let { next: follower, actions } = newFollower();
        /** What is under way. */
        let pending: string = actions[0]?.do ?? 'nothing';
        let ms = 0;
        for (const { happening: each, ms: passed, random } of steps) {
          ms += passed;
          const before = follower;
          ({ next: follower, actions } = step(follower, each, { ...POLICY, reopens }, { ms, random }));
          expect(actions.length).toBeLessThanOrEqual(1);
          const [action] = actions;
          if (action) pending = action.do;
          else if (follower.at !== before.at) pending = follower.at === 'watching' ? 'stream' : 'nothing';
          expect(pending).toBe(expected[follower.at]);
          expect(follower.watchFailures).toBeLessThan(POLICY.watchTries);
          if (action?.do === 'wait') {
            expect(action.ms).toBeGreaterThanOrEqual(0);
            expect(action.ms).toBeLessThanOrEqual(300_000);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
