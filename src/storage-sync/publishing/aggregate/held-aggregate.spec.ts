import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { HubClient } from '../../../kube/hub-client.ts';
import type { ObjectRefs } from '../../../kube/object-refs.ts';
import type { SecretSnapshot } from '../../../kube/secret-snapshot.ts';
import type { Sighting, SightingObserver } from '../../../kube/object-watcher.ts';
import type { ObjectWatcherFactory } from '../../../kube/object-watcher.factory.ts';
import { HeldAggregate } from './held-aggregate.ts';

describe('HeldAggregate', () => {
  let held: HeldAggregate;
  let tell: SightingObserver<SecretSnapshot>;
  const onChange = vi.fn<() => void>();

  beforeEach(() => {
    onChange.mockReset();
    const watcher = { start: (observer: SightingObserver<SecretSnapshot>) => void (tell = observer) };
    const watchers = { watcherOf: () => watcher } as unknown as ObjectWatcherFactory;
    const refs = { aggregate: { namespace: 'default', name: 'aggregate' } } as ObjectRefs;
    held = new HeldAggregate(refs, {} as HubClient, watchers);
    held.start(onChange);
  });

  const at = (version: number): SecretSnapshot => ({
    resourceVersion: String(version),
    type: 'Opaque',
    immutable: false,
    labels: new Map(),
    annotations: new Map(),
    data: new Map(),
  });
  const sighting = (
    version: number,
    origin: Sighting<SecretSnapshot>['origin'],
  ): Sighting<SecretSnapshot> => ({
    object: at(version),
    resourceVersion: String(version),
    origin,
  });

  it('is not known before it was seen, and known when it turns out not to exist', () => {
    expect(held.known).toBe(false);

    tell({ object: undefined, resourceVersion: '1', origin: 'list' });

    expect([held.known, held.secret]).toEqual([true, undefined]);
    expect(onChange).toHaveBeenCalledOnce();
  });

  it('does not let the late answer to a write replace an edit that came after it', () => {
    tell(sighting(100, 'list'));
    tell(sighting(107, 'event'));

    held.written(at(105));

    expect(held.secret?.resourceVersion).toBe('107');
  });

  it('passes over an event that is older than the answer to a write', () => {
    tell(sighting(100, 'list'));
    held.written(at(105));
    onChange.mockReset();

    tell(sighting(103, 'event'));

    expect(held.secret?.resourceVersion).toBe('105');
    expect(onChange).not.toHaveBeenCalled();
  });

  it('believes a list even if it goes back: the hub was restored from a backup', () => {
    tell(sighting(100, 'list'));

    tell(sighting(50, 'list'));

    expect(held.secret?.resourceVersion).toBe('50');
    expect(onChange).toHaveBeenCalledTimes(2);
  });
});
