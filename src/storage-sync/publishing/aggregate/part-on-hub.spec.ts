import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { HubClient } from '../../../kube/hub/hub-client.ts';
import type { ObjectMetadata } from '../../../kube/objects/object-metadata.ts';
import type { Sighting, SightingObserver } from '../../../kube/watching/object-watcher.ts';
import type { ObjectWatcherFactory } from '../../../kube/watching/object-watcher.factory.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import { PartOnHub } from './part-on-hub.ts';

const { signal } = new AbortController();

describe('PartOnHub', () => {
  let onHub: PartOnHub;
  let tell: SightingObserver<ObjectMetadata>;
  /** The version that the hub answers a list with. */
  let served: number | undefined;
  const onChange = vi.fn<() => void>();

  const hub = {
    json: () =>
      Promise.resolve({
        metadata: { resourceVersion: String(served ?? 900) },
        items:
          served === undefined
            ? []
            : [
                {
                  metadata: { name: 'aggregate', resourceVersion: String(served) },
                  type: 'Opaque',
                  data: { at: String(served) },
                },
              ],
      }),
  } as unknown as HubClient;

  beforeEach(() => {
    onChange.mockReset();
    served = 100;
    const watcher = { start: (observer: SightingObserver<ObjectMetadata>) => void (tell = observer) };
    const watchers = { watcherOf: () => watcher } as unknown as ObjectWatcherFactory;
    onHub = new PartOnHub({ namespace: 'default', name: 'aggregate' }, hub, watchers);
    onHub.start(onChange);
  });

  const metadata = (version: number): ObjectMetadata => ({
    resourceVersion: String(version),
    labels: new Map(),
    annotations: new Map(),
    owners: [],
  });
  const secret = (version: number): SecretSnapshot => ({
    ...metadata(version),
    type: 'Opaque',
    immutable: false,
    data: new Map(),
  });
  const sighting = (version: number, origin: Sighting<ObjectMetadata>['origin'] = 'event') => ({
    object: metadata(version),
    resourceVersion: String(version),
    origin,
  });
  const versions = () => ({ current: onHub.current, version: onHub.secret?.resourceVersion });

  it('is not current before it was looked at', async () => {
    expect(versions()).toEqual({ current: false, version: undefined });

    await onHub.look(signal);

    expect(versions()).toEqual({ current: true, version: '100' });
  });

  it('is current when it was found not to exist', async () => {
    served = undefined;

    expect(await onHub.look(signal)).toBeUndefined();
    expect(onHub.current).toBe(true);
  });

  it('has to be looked at when the watch tells of a version that is not known', async () => {
    await onHub.look(signal);

    tell(sighting(107));

    expect(onHub.current).toBe(false);
    expect(onChange).toHaveBeenCalledOnce();
    served = 107;
    await onHub.look(signal);
    expect(versions()).toEqual({ current: true, version: '107' });
  });

  it('has to be looked at again when a look was answered with less than the watch has reported', async () => {
    await onHub.look(signal);
    tell(sighting(107));

    await onHub.look(signal);

    expect(onHub.current).toBe(false);
  });

  it('has to be looked at when it was deleted', async () => {
    await onHub.look(signal);

    tell({ object: undefined, resourceVersion: '108', origin: 'event' });

    expect(onHub.current).toBe(false);
  });

  it('knows what was written, whether the watch tells of it before the answer or after', async () => {
    await onHub.look(signal);

    await onHub.whileWriting(() => {
      tell(sighting(105));
      return Promise.resolve(secret(105));
    });
    tell(sighting(105));

    expect(versions()).toEqual({ current: true, version: '105' });
    expect(onChange).not.toHaveBeenCalled();
  });

  it('notices a change that came right after what was written', async () => {
    await onHub.look(signal);

    await onHub.whileWriting(() => {
      tell(sighting(105));
      tell(sighting(106));
      return Promise.resolve(secret(105));
    });

    expect(onHub.current).toBe(false);
    expect(onChange).toHaveBeenCalledOnce();
  });

  it('has to be looked at after a write that failed', async () => {
    await onHub.look(signal);

    await expect(onHub.whileWriting(() => Promise.reject(new Error('no answer')))).rejects.toThrow(
      'no answer',
    );

    expect(onHub.current).toBe(false);
    served = 101;
    await onHub.look(signal);
    expect(versions()).toEqual({ current: true, version: '101' });
  });

  it('ignores an event that is older than the answer to a write', async () => {
    await onHub.look(signal);
    await onHub.whileWriting(() => Promise.resolve(secret(105)));

    tell(sighting(103));

    expect(versions()).toEqual({ current: true, version: '105' });
    expect(onChange).not.toHaveBeenCalled();
  });

  it('looks when a list goes back: the hub was restored from a backup', async () => {
    await onHub.look(signal);

    tell(sighting(50, 'list'));
    served = 50;
    await onHub.look(signal);

    expect(versions()).toEqual({ current: true, version: '50' });
    expect(onChange).toHaveBeenCalledOnce();
  });
});
