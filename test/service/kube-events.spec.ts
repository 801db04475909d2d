import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Module, type Type } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Output, PayloadCheck, ProblemSource } from '../../src/index.ts';
import { EventPace } from '../../src/reporting/kube-events/event-pace.ts';
import type { KubeObject } from '../support/api-client.ts';
import { kubeconfigEntry, primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { LeaseEditor } from '../support/lease-editor.ts';
import { ServiceRig } from './service-rig.ts';

const EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events';
/** How long it is watched that none comes. */
const QUIET_MS = 1_000;
const WEEK_MS = 7 * 24 * 60 * 60_000;

describe('the Events of the service', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = async (
    environment: Record<string, string> = {},
    pace: Partial<EventPace> = {},
    extensions: Type[] = [],
  ) =>
    await rig.startService(
      { MCCE_SYNC_INTERVAL: '1s', MCCE_READ_TIMEOUT: '300ms', ...environment },
      extensions,
      [[EventPace, { gatherMs: 50, gapMs: 100, idleMs: 200, ...pace }]],
    );
  const events = async (): Promise<KubeObject[]> => (await rig.hub.admin.must('GET', EVENTS)).items ?? [];
  /** Reason, Secret and note of each, oldest first. */
  const told = async () =>
    (await events())
      .toSorted((a, b) => String(a.eventTime).localeCompare(String(b.eventTime)))
      .map(({ reason, regarding, note }) => [reason, (regarding as { name: string }).name, note]);
  const expectTold = async (reason: string, secret: string, note: RegExp) =>
    await eventually(async () =>
      expect(await told()).toContainEqual([reason, secret, expect.stringMatching(note)]),
    );

  it('tell that somebody else writes the aggregate, too, and who', async () => {
    await rig.registry.create({ east: rig.entry() });
    await start();
    await rig.expectPublished('one');
    for (let times = 0; times < 2; times++) {
      await rig.aggregate.edit({ east: 'by hand' });
      await eventually(async () => expect((await rig.aggregate.data()).get('east')).not.toBe('by hand'));
    }

    await expectTold(
      'AggregateContested',
      'multi-storage-config',
      /^The field manager \S+ writes the aggregate, too, and undoes what the exporter writes\. Stop it, /,
    );
  });

  it('tell of what an extension says is wrong, of its faults, and of outputs', async () => {
    @Injectable()
    class Renewal extends ProblemSource {
      override problems() {
        const what = { code: 'RenewalRefused', subject: 'cluster/east', since: new Date() };
        return [{ ...what, message: 'East gives no token.', remedy: 'Ask its admin.' }];
      }
    }
    @Injectable()
    class Failing extends PayloadCheck {
      override check(): undefined {
        throw new Error('canary');
      }
    }
    @Injectable()
    class Summary extends Output {
      override readonly name = 'summary';
      override readonly kinds = [
        { apiVersion: 'v9', kind: 'Unheard', plural: 'unheards', namespaces: ['default'] },
      ];

      override objects(): Iterable<never> {
        return [];
      }
    }
    @Module({ providers: [Renewal, Failing, Summary] })
    class TroubledModule {}
    await rig.registry.create({ east: rig.entry() });
    await start({}, { gatherMs: 1_000 }, [TroubledModule]);

    await eventually(async () => {
      const notes = (await told()).filter(([reason]) => reason === 'ExtensionProblem').join('\n');
      expect(notes).toContain('extensions/TroubledModule/cluster/east (RenewalRefused)');
      expect(notes).toContain('extensions/TroubledModule/PayloadCheck.check (ExtensionFailed)');
      expect(notes).toContain('outputs/summary (OutputFailed)');
      expect(notes).not.toContain('canary');
    });
  });

  it('tell of a removal that is held, with what confirms it, and that it is no longer', async () => {
    const names = ['a', 'b', 'c', 'd'];
    await rig.registry.create(Object.fromEntries(names.map((name) => [name, rig.entry()])));
    await start();
    await eventually(async () => expect((await rig.aggregate.data()).size).toBe(names.length));

    await rig.registry.edit({ a: null, b: null, c: null });

    await expectTold(
      'RemovalHeld',
      'multi-k8s-config',
      /^The entries of 3 clusters left the registry at once, and their keys are kept \(removal [0-9a-f]{16}\): a, b, c\. .* mcce cluster confirm-removal [0-9a-f]{16}$/,
    );
    await rig.registry.edit({ a: rig.entry(), b: rig.entry(), c: rig.entry() });
    await expectTold('RemovalEnded', 'multi-k8s-config', /^No removal of clusters is held any more\.$/);
  });

  it('are those of events.k8s.io/v1, in full', async () => {
    await start();
    await eventually(async () => expect(await events()).toHaveLength(1));
    const [event] = await events();

    expect(event).toEqual({
      metadata: expect.objectContaining({
        name: expect.stringMatching(/^multi-cluster-config-exporter\.[0-9a-f]{16}$/),
        namespace: 'default',
      }),
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      reportingController: 'multi-cluster-config-exporter',
      reportingInstance: expect.stringMatching(/.+/),
      type: 'Warning',
      reason: 'RegistryUnusable',
      action: 'ReadRegistry',
      regarding: { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'multi-k8s-config' },
      note: 'The registry does not exist on the hub. Create it by adding a cluster. The published keys are kept.',
    });
  });

  it('tell of a cluster that is lost and comes back, and nothing while nothing changes', async () => {
    await rig.registry.create({ east: rig.entry() });
    await start();
    await rig.expectPublished('one');

    await rig.east.refuse();
    await expectTold(
      'ClusterUnreachable',
      'multi-storage-config',
      /^Cluster east cannot be read \(connect\)\. .*ECONNREFUSED.* Its published key is kept\.$/,
    );
    await rig.east.listen();
    await expectTold('ClusterRecovered', 'multi-storage-config', /^Cluster east is synced again\.$/);

    expect((await told()).map(([reason]) => reason)).toEqual(['ClusterUnreachable', 'ClusterRecovered']);
  });

  it('do not tell of what changed back before it was told', async () => {
    await rig.registry.create({ east: rig.entry() });
    await start({}, { gatherMs: 1_500 });
    await rig.expectPublished('one');

    await rig.source.delete();
    await eventually(async () =>
      expect(await (await rig.get('/api/v1/status')).text()).toContain('"missing"'),
    );
    await rig.source.create({ postgres: 'two' });
    await rig.expectPublished('two');
    await rig.registry.edit({ bad: '{' });

    await expectTold('EntryRefused', 'multi-k8s-config', /^The entry of cluster bad is refused/);
    expect(await told()).toHaveLength(1);
  });

  it('tell of a source that is gone, an entry that is refused, and a payload that would break readers', async () => {
    await rig.registry.create({ east: rig.entry() });
    await start({ MCCE_PAYLOAD_CHECK: 'primus-lens' });
    await expectTold(
      'SourceInvalid',
      'multi-storage-config',
      /^The source of cluster east cannot be published/,
    );
    await rig.source.delete();
    await expectTold('SourceMissing', 'multi-storage-config', /^The source of cluster east does not exist/);
    await rig.registry.edit({ east: '{"host": "http://10.0.0.1"}' });
    await expectTold(
      'EntryRefused',
      'multi-k8s-config',
      /^The entry of cluster east is refused \(unsafe_entry\)/,
    );
  });

  it('tell of credentials that end soon, and when they have ended', async () => {
    const token = (exp: number) =>
      ['{}', JSON.stringify({ exp }), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');
    const endsIn = (ms: number) => Math.round((Date.now() + ms) / 1_000);
    const entry = (exp: number) =>
      primusLensEntry({ server: rig.east.url, ca: rig.east.authority.cert, token: token(exp) });
    await rig.registry.create({
      soon: entry(endsIn(3_000)),
      later: entry(endsIn(WEEK_MS + 3_600_000)),
    });
    await start();

    await expectTold(
      'CredentialExpiring',
      'multi-k8s-config',
      /^Cluster soon: The token expires on .+Z\. Renew it/,
    );
    // Nothing changes in between: it is looked at from time to time.
    await expectTold(
      'CredentialExpired',
      'multi-k8s-config',
      /^Cluster soon: The token expired on .+Z\. Renew it/,
    );
    expect(JSON.stringify(await told())).not.toContain('cluster later ends');
  });

  it('tell of an aggregate that cannot be written, and that it can again', async () => {
    await rig.registry.create({ east: rig.entry() });
    const lift = rig.hub.faults.inject(
      { kind: 'status', status: 500 },
      {
        when: ({ method, path }) => method === 'PATCH' && path.endsWith('/multi-storage-config'),
      },
    );
    await start();
    await expectTold(
      'AggregateWriteFailed',
      'multi-storage-config',
      /^The aggregate cannot be written\. .*HTTP 500/,
    );
    lift();
    await expectTold(
      'AggregateWriteRecovered',
      'multi-storage-config',
      /^The aggregate holds what it should again/,
    );
  });

  it('tell of content that does not fit', async () => {
    await rig.source.edit({ postgres: 'x'.repeat(700_000) });
    await rig.registry.create({ 'a-first': rig.entry(), 'b-second': rig.entry() });
    await start();
    await expectTold(
      'AggregateTooLarge',
      'multi-storage-config',
      /^The content of cluster [ab]-\w+ does not fit into the aggregate \(too_large\)/,
    );
  });

  it('tell of several clusters in one', async () => {
    const refused = kubeconfigEntry({ server: 'http://10.0.0.1', ca: rig.east.authority.cert, token: 't' });
    await rig.registry.create({ east: rig.entry(), north: refused, south: refused, west: '{' });
    await start();
    await expectTold(
      'EntryRefused',
      'multi-k8s-config',
      /^The entries of 3 clusters are refused: north \(unsafe_entry\), south \(unsafe_entry\), west \(invalid_entry\)\.$/,
    );
  });

  it('come no faster than their pace', async () => {
    await rig.registry.create({ east: rig.entry() });
    await start({}, { gapMs: 60_000 });
    await rig.registry.edit({ bad: '{' });
    await expectTold('EntryRefused', 'multi-k8s-config', /bad/);
    await rig.registry.edit({ worse: '{' });
    await eventually(async () =>
      expect(await (await rig.get('/api/v1/status')).text()).toContain('"name":"worse"'),
    );

    await delay(QUIET_MS);
    expect(await told()).toHaveLength(1);
  });

  it('tell who leads, and come from the leader alone', async () => {
    const lease = new LeaseEditor(rig.hub.admin, 'multi-cluster-config-exporter');
    await lease.give('another');
    await rig.registry.create({ east: rig.entry(), bad: '{' });
    await start({ MCCE_LEADER_ELECTION: 'true' });
    await eventually(async () =>
      expect(await (await rig.get('/api/v1/status')).text()).toContain('"standby"'),
    );
    expect(await told()).toEqual([]);

    await lease.edit({ holderIdentity: '' });

    await expectTold('LeaderChanged', 'multi-storage-config', /^.+ leads now\.$/);
    await expectTold('EntryRefused', 'multi-k8s-config', /bad/);
  });

  it('are tried again when they could not be written, as long as they are true', async () => {
    await rig.registry.create({ east: rig.entry(), bad: '{' });
    const lift = rig.hub.faults.inject(
      { kind: 'status', status: 403 },
      { when: ({ method }) => method === 'POST' },
    );
    await start();
    await eventually(() =>
      expect(rig.hub.requests.filter((request) => request === `POST ${EVENTS}`).length).toBeGreaterThan(2),
    );
    expect(await told()).toEqual([]);
    await rig.expectPublished('one');

    lift();

    await expectTold('EntryRefused', 'multi-k8s-config', /bad/);
  });

  it('can be switched off', async () => {
    await rig.registry.create({ east: rig.entry(), bad: '{' });
    await start({ MCCE_EVENTS: 'false' });
    await rig.expectPublished('one');

    await delay(QUIET_MS);
    expect(await told()).toEqual([]);
  });
});
