import { describe, expect, it } from 'vitest';
import { TransitionLog } from './transition-log.ts';

const AT = new Date('2026-11-23T10:00:00Z');
const after = (ms: number) => new Date(AT.getTime() + ms);
const stale = { from: 'synced', to: 'stale', reason: 'timeout' };

describe('the log of transitions', () => {
  it('takes the same of several clusters within two seconds as one', () => {
    const log = new TransitionLog();

    log.add('cluster', stale, ['east'], AT);
    log.add('cluster', { ...stale, reason: 'dns' }, ['north'], after(500));
    log.add('cluster', stale, ['west'], after(2_000));
    log.add('cluster', stale, ['south'], after(2_001));

    expect(log.entries.map(({ count, clusters, reason }) => [count, clusters, reason])).toEqual([
      [2, ['east', 'west'], 'timeout'],
      [1, ['north'], 'dns'],
      [1, ['south'], 'timeout'],
    ]);
  });

  it('tells what is new or has grown since a revision', () => {
    const log = new TransitionLog();
    log.add('cluster', stale, ['east'], AT);
    log.add('leadership', { to: 'leader' }, undefined, AT);
    const { revision } = log;

    log.add('cluster', stale, ['west'], after(1));

    expect(log.since(revision)).toMatchObject([{ id: 1, count: 2 }]);
    expect(log.since(log.revision)).toEqual([]);
  });

  it('notes nothing of no cluster, and each time what is not about clusters', () => {
    const log = new TransitionLog();

    log.add('entry', { to: 'added' }, [], AT);
    log.add('aggregate', { to: 'published' }, undefined, AT);
    log.add('aggregate', { to: 'published' }, undefined, AT);

    expect(log.entries).toMatchObject([
      { id: 1, kind: 'aggregate', count: 0 },
      { id: 2, kind: 'aggregate', count: 0 },
    ]);
  });

  it('is bounded in transitions and in names', () => {
    const log = new TransitionLog();
    const names = Array.from({ length: 1_000 }, (_, index) => `c${index}`);

    log.add('cluster', stale, names, AT);
    for (let index = 0; index < 250; index++) log.add('registry', { to: `${index}` }, undefined, AT);
    log.add('cluster', stale, names, after(10_000));

    expect(log.entries).toHaveLength(200);
    expect(log.entries.at(0)?.to).toBe('51');
    expect(log.entries.at(-1)).toMatchObject({ count: 1_000 });
    expect(log.entries.at(-1)?.clusters).toHaveLength(50);
  });
});
