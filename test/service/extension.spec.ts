import { Injectable, Module } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Gauge, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClusterConfigChangedEvent } from '../../src/cluster-config/cluster-config-changed.event.ts';
import { ClusterStateChangedEvent } from '../../src/storage-sync/keeping/cluster-state-changed.event.ts';
import {
  AggregateWriteEvent,
  PublicationChangedEvent,
} from '../../src/storage-sync/publishing/publishing.events.ts';
import { PassEndedEvent, SourceReadEvent } from '../../src/storage-sync/reading/reading.events.ts';
import { StorageSyncModule } from '../../src/storage-sync/storage-sync.module.ts';
import { SyncView } from '../../src/storage-sync/sync-view.ts';
import { STORAGE_SYNC_INTERVAL } from '../../src/storage-sync/reading/storage-sync.scheduler.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

/** What somebody who extends the service writes. */
@Injectable()
class ChangeListener {
  readonly events: ClusterConfigChangedEvent[] = [];

  constructor(readonly sync: SyncView) {}

  @OnEvent(ClusterConfigChangedEvent.eventName)
  onChange(event: ClusterConfigChangedEvent): void {
    this.events.push(event);
  }
}

@Injectable()
class EverythingListener {
  readonly heard: [string, object][] = [];

  constructor(registry: Registry) {
    new Gauge({ name: 'extension_loaded', help: 'A metric of others.', registers: [registry] }).set(1);
  }

  @OnEvent(SourceReadEvent.eventName)
  @OnEvent(PassEndedEvent.eventName)
  @OnEvent(ClusterStateChangedEvent.eventName)
  @OnEvent(AggregateWriteEvent.eventName)
  @OnEvent(PublicationChangedEvent.eventName)
  onAny(event: object): void {
    this.heard.push([event.constructor.name, event]);
  }
}

@Module({ imports: [StorageSyncModule], providers: [ChangeListener, EverythingListener] })
class ExtensionModule {}

describe('the service, extended', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  it('injects by constructor types, which the decorators emit', () => {
    expect(Reflect.getMetadata('design:paramtypes', ChangeListener)).toEqual([SyncView]);
  });

  it('restarts the dynamic interval and reads at once when the registry changes', async () => {
    const service = await rig.startService({}, [ExtensionModule]);
    await rig.registry.create({ east: rig.entry() });
    await rig.expectPublished('one');
    const scheduler = service.get(SchedulerRegistry);
    const before: unknown = scheduler.getInterval(STORAGE_SYNC_INTERVAL);

    await rig.source.edit({ postgres: 'two' });
    await rig.registry.edit({ east: rig.entry() });

    await rig.expectPublished('two');
    expect(scheduler.getIntervals()).toEqual([STORAGE_SYNC_INTERVAL]);
    expect(scheduler.getInterval(STORAGE_SYNC_INTERVAL)).not.toBe(before);
  });

  it('tells modules of others what changed, and lets them read the state', async () => {
    const service = await rig.startService({}, [ExtensionModule]);
    const listener = service.get(ChangeListener);
    await eventually(() => expect(listener.events).toHaveLength(1));
    await rig.registry.create({ east: rig.entry() });
    await rig.expectPublished('one');
    await rig.registry.edit({ east: rig.entry(), bad: '{' });
    await rig.registry.edit({ east: null });

    await eventually(() => expect(listener.events).toHaveLength(4));
    expect(listener.events).toEqual([
      { added: [], changed: [], removed: [], rejected: [] },
      { added: ['east'], changed: [], removed: [], rejected: [] },
      { added: [], changed: ['east'], removed: [], rejected: ['bad'] },
      { added: [], changed: [], removed: ['east'], rejected: [] },
    ]);
    expect(listener.sync.records.get('bad')).toMatchObject({ state: 'rejected', reason: 'invalid_entry' });
  });

  it('tells them of every read, pass, write and state, without a content', async () => {
    const service = await rig.startService({}, [ExtensionModule]);
    const { heard } = service.get(EverythingListener);
    await rig.registry.create({ east: rig.entry() });
    await rig.expectPublished('one');

    await eventually(() =>
      expect(heard).toEqual(
        expect.arrayContaining([
          [
            'SourceReadEvent',
            { cluster: 'east', reason: 'ok', trigger: expect.any(String), durationMs: expect.any(Number) },
          ],
          ['PassEndedEvent', { trigger: 'cluster-config.changed', durationMs: expect.any(Number) }],
          [
            'ClusterStateChangedEvent',
            {
              cluster: 'east',
              previousState: 'pending',
              state: 'synced',
              reason: 'ok',
              message: undefined,
            },
          ],
          ['AggregateWriteEvent', { result: 'ok', clusters: ['east'] }],
          ['PublicationChangedEvent', {}],
        ]),
      ),
    );
    expect(JSON.stringify(heard)).not.toContain(Buffer.from('one').toString('base64'));
  });

  it('serves all other metrics where one of theirs fails', async () => {
    @Injectable()
    class FailingMetrics {
      constructor(registry: Registry) {
        const collects = {
          extension_failing: () => {
            throw new Error('canary');
          },
          extension_rejecting: () => Promise.reject(new Error('canary')),
        };
        for (const [name, collect] of Object.entries(collects))
          registry.registerMetric(new Gauge({ name, help: 'Fails.', registers: [], collect }));
      }
    }
    @Module({ providers: [FailingMetrics] })
    class FailingModule {}
    await rig.startService({}, [FailingModule, ExtensionModule]);

    const response = await rig.get('/metrics');
    const text = await response.text();

    expect(response.status).toBe(200);
    expect(text).toContain('extension_loaded 1');
    expect(text).toContain('mcce_build_info');
    expect(text).not.toMatch(/extension_(failing|rejecting)/);
    expect(text).not.toContain('canary');
  });

  it('serves their metrics beside its own', async () => {
    await rig.startService({}, [ExtensionModule]);

    expect(await (await rig.get('/metrics')).text()).toContain('extension_loaded 1');
  });
});
