import { array, assert, constantFrom, property, record, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aCluster, aStatus, NOW, secondsAgo, withClusters } from '../../../../test/support/statuses.ts';
import { SentStatus } from '../../../health/status/live/sent-status.ts';
import type { Status as ServiceStatus } from '../../../health/status/status.ts';
import { afterSignOfLife, applyUpdate, type Fleet, updateOf } from './fleet.ts';
import { STATES } from './view.ts';
import type { Status, Update } from './wire.ts';

const NOW_MS = NOW.getTime();
const someClusters = uniqueArray(
  record({
    name: constantFrom('a', 'b', 'c', 'd', 'e', '__proto__', 'constructor'),
    state: constantFrom(...STATES),
    lastSuccess: constantFrom(secondsAgo(1), secondsAgo(60), undefined),
  }),
  { selector: ({ name }) => name },
);

/** As the service has it: with Dates. */
function asService(status: Status): ServiceStatus {
  const { clusters, ...rest } = status;
  return {
    ...rest,
    clusters: clusters.map(({ lastSuccess, ...cluster }) => ({
      ...cluster,
      ...(lastSuccess !== undefined && { lastSuccess: new Date(lastSuccess) }),
    })),
  } as unknown as ServiceStatus;
}

function statusOf(clusters: readonly { name: string; lastSuccess?: string | undefined }[]): Status {
  return aStatus(
    withClusters(
      ...clusters.map(({ name, lastSuccess, ...but }) => {
        const { lastSuccess: _lastSuccess, ...cluster } = aCluster(name, but);
        return lastSuccess === undefined ? cluster : { ...cluster, lastSuccess };
      }),
    ),
  );
}

function apply(fleet: Fleet | undefined, text: string | undefined): Fleet | undefined {
  return text === undefined ? fleet : applyUpdate(fleet, JSON.parse(text) as Update, NOW_MS);
}

/** Without clocks. */
const contentOf = (fleet: Fleet | undefined) => ({
  summary: fleet?.summary,
  problems: fleet?.problems,
  clusters: fleet?.clusters,
});

describe('the fleet as the page knows it', () => {
  it('equals the status after any sequence of updates', () => {
    assert(
      property(array(someClusters, { minLength: 1 }), (steps) => {
        const sent = new SentStatus(asService(statusOf(steps[0] ?? [])));
        let fleet = apply(undefined, sent.whole([]));
        for (const step of steps)
          fleet = apply(fleet, sent.advance(asService(statusOf(step)), [], { withLastSuccess: true }));

        const newest = updateOf(statusOf(steps.at(-1) ?? []));
        expect(contentOf(fleet)).toEqual(contentOf(applyUpdate(undefined, newest, NOW_MS)));
        expect(apply(undefined, sent.whole([]))).toMatchObject(contentOf(fleet));
      }),
    );
  });

  it('receives lastSuccess only from time to time, and loses none', () => {
    const sent = new SentStatus(asService(statusOf([{ name: 'east', lastSuccess: secondsAgo(60) }])));
    const newer = asService(statusOf([{ name: 'east', lastSuccess: secondsAgo(1) }]));

    expect(sent.advance(newer, [], { withLastSuccess: false })).toBeUndefined();
    expect(sent.advance(newer, [], { withLastSuccess: true })).toContain(`["east",${NOW_MS - 1_000}]`);
    expect(sent.advance(newer, [], { withLastSuccess: true })).toBeUndefined();
  });

  it('is unknown until a full update', () => {
    const update = { ...updateOf(aStatus()), full: false };

    expect(applyUpdate(undefined, update, NOW_MS)).toBeUndefined();
  });

  it('keeps the newest 200 transitions, each in its latest form', () => {
    const transition = (id: number, count: number) => ({
      id,
      count,
      kind: 'cluster' as const,
      at: NOW.toISOString(),
      to: 'stale',
      clusters: [],
    });
    const update = updateOf(aStatus());
    const first = Array.from({ length: 200 }, (_, index) => transition(index + 1, 1));

    const fleet = applyUpdate(undefined, { ...update, transitions: first }, NOW_MS);
    const after = applyUpdate(
      fleet,
      { ...update, full: false, transitions: [transition(200, 7), transition(201, 1)] },
      NOW_MS,
    );

    expect(after?.transitions.map(({ id, count }) => [id, count]).slice(0, 3)).toEqual([
      [201, 1],
      [200, 7],
      [199, 1],
    ]);
    expect(after?.transitions).toHaveLength(200);
  });

  it('computes ages with the clock of the exporter', () => {
    const fleet = applyUpdate(undefined, updateOf(aStatus()), NOW_MS) as Fleet;

    expect(afterSignOfLife(fleet, secondsAgo(-5), NOW_MS)).toMatchObject({
      skewMs: 5_000,
      heardAtMs: NOW_MS,
    });
    expect(afterSignOfLife({ ...fleet, skewMs: 7 }, undefined, NOW_MS)).toMatchObject({ skewMs: 7 });
  });
});
