import { Injectable, Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Output, OUTPUT_LABEL, type PublishedContent, type WantedObject } from '../../src/index.ts';
import type { KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const MERGE = 'application/merge-patch+json';

/** A ConfigMap for each cluster, with what is in it. */
@Injectable()
class Summaries extends Output {
  override readonly name = 'summaries';
  override readonly kinds = [
    { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaces: ['default'] },
  ];
  existing: WantedObject['existing'];
  replaceable = false;
  extra = '';
  fails = false;
  keys: string[] = [];

  override *objects(contents: ReadonlyMap<string, PublishedContent>): Iterable<WantedObject> {
    if (this.fails) throw new Error('canary');
    for (const { cluster, data } of contents.values())
      yield {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: 'default',
        name: `summary-${cluster}`,
        labels: { cluster },
        fields: { data: { postgres: `${data.text('postgres')}${this.extra}` } },
        replaceable: this.replaceable,
        ...(this.existing && { existing: this.existing }),
      };
  }

  override applied(keys: ReadonlySet<string>): void {
    this.keys = [...keys];
  }

  change(extra: string): void {
    this.extra = extra;
    this.reconsider();
  }
}

@Module({ providers: [Summaries] })
class SummariesModule {}

describe('an output of an extension', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
    await rig.registry.create({ east: rig.entry(), west: rig.entry() });
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = async (settings: Record<string, string> = {}) => {
    const service = await rig.startService(settings, [SummariesModule]);
    return { service, output: service.get(Summaries, { strict: false }) };
  };
  const maps = async () => {
    const { items } = (await rig.hub.admin.must('GET', CONFIG_MAPS)) as { items: KubeObject[] };
    return Object.fromEntries(items.map((item) => [item.metadata?.name, item.data]));
  };
  const expectMaps = (wanted: Record<string, unknown>, options?: { timeoutMs: number }) =>
    eventually(async () => expect(await maps()).toEqual(wanted), options);
  const create = (name: string, data: object, labels = {}) =>
    rig.hub.admin.must('POST', CONFIG_MAPS, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data },
    });
  const merge = (name: string, body: object) =>
    rig.hub.admin.must('PATCH', `${CONFIG_MAPS}/${name}`, { body, contentType: MERGE });
  const outputs = async () => (await rig.status()).outputs ?? [];
  const problems = async () => await rig.problems();
  const BOTH = { 'summary-east': { postgres: 'one' }, 'summary-west': { postgres: 'one' } };

  it('is applied with labels, follows the contents, and goes with the keys', async () => {
    const { output } = await start();
    await expectMaps(BOTH);
    expect((await rig.hub.admin.must('GET', `${CONFIG_MAPS}/summary-east`)).metadata?.labels).toEqual({
      cluster: 'east',
      'app.kubernetes.io/managed-by': 'multi-cluster-config-exporter',
      [OUTPUT_LABEL]: 'summaries',
    });
    await eventually(async () =>
      expect(await outputs()).toMatchObject([
        { name: 'summaries', extension: 'SummariesModule', state: 'current', wanted: 2, applied: 2 },
      ]),
    );
    expect(output.keys.toSorted()).toEqual([
      'ConfigMap/default/summary-east',
      'ConfigMap/default/summary-west',
    ]);
    expect(await (await rig.get('/metrics')).text()).toContain(
      'mcce_output_objects{output="summaries",state="applied"} 2',
    );

    await rig.source.edit({ postgres: 'two' });
    await expectMaps({ 'summary-east': { postgres: 'two' }, 'summary-west': { postgres: 'two' } });

    output.change('!');
    await expectMaps({ 'summary-east': { postgres: 'two!' }, 'summary-west': { postgres: 'two!' } });

    await rig.registry.edit({ west: null });
    await expectMaps({ 'summary-east': { postgres: 'two!' } });
  });

  it('is restored when somebody edits or deletes an object, and leaves fields of others', async () => {
    await start();
    await expectMaps(BOTH);

    await merge('summary-east', { data: { postgres: 'edited', mine: 'kept' } });
    await rig.hub.admin.must('DELETE', `${CONFIG_MAPS}/summary-west`);

    await expectMaps({
      'summary-east': { postgres: 'one', mine: 'kept' },
      'summary-west': { postgres: 'one' },
    });
  });

  it('goes on after a restart: what is wanted no more goes, what is as it should be is not written', async () => {
    const { service } = await start();
    await expectMaps(BOTH);
    await service.close();
    await create('summary-old', { a: 'b' }, { [OUTPUT_LABEL]: 'summaries' });
    const versions = async () =>
      (await rig.hub.admin.must('GET', `${CONFIG_MAPS}/summary-east`)).metadata?.resourceVersion;
    const before = await versions();

    await start();

    await expectMaps(BOTH);
    expect(await versions()).toBe(before);
  });

  it('does not take what is not ours, and says so, until it is out of the way', async () => {
    await create('summary-east', { of: 'somebody' });
    const { output } = await start();

    await eventually(async () =>
      expect(await problems()).toEqual([
        expect.objectContaining({
          code: 'OutputFailed',
          subject: 'outputs/summaries',
          message: expect.stringContaining(
            "ConfigMap/default/summary-east is there, and is not the exporter's.",
          ),
        }),
      ]),
    );
    // West may be published a moment later.
    await expectMaps({
      'summary-east': { of: 'somebody' },
      'summary-west': { postgres: 'one' },
    });
    await eventually(() => expect(output.keys.toSorted()).toEqual(['ConfigMap/default/summary-west']));

    await rig.hub.admin.must('DELETE', `${CONFIG_MAPS}/summary-east`);
    output.change('');
    await expectMaps(BOTH);
    await eventually(async () => expect(await problems()).toEqual([]));
  });

  it('adopts what is not ours where it asks for that', async () => {
    await create('summary-east', { of: 'somebody' });
    const { service, output } = await start();
    output.existing = 'adopt';
    output.change('');

    await expectMaps({
      'summary-east': { of: 'somebody', postgres: 'one' },
      'summary-west': { postgres: 'one' },
    });
    await service.close();
  });

  it('takes nothing away when a source cannot be read, or the registry is gone', async () => {
    await start({ MCCE_SYNC_INTERVAL: '1s' });
    await expectMaps(BOTH);

    await rig.east.refuse();
    await eventually(async () => expect((await rig.status()).counts.stale).toBe(2));
    await rig.registry.delete();
    await eventually(async () => expect((await rig.status()).registry.state).toBe('missing'));
    await rig.hub.admin.must('DELETE', `${CONFIG_MAPS}/summary-west`);

    await expectMaps(BOTH);
  });

  it('changes nothing while it throws, and is a problem', async () => {
    const { output } = await start();
    await expectMaps(BOTH);

    output.fails = true;
    await rig.registry.edit({ west: null });

    await eventually(async () =>
      expect((await problems()).map(({ code, subject }) => `${code} ${subject}`)).toEqual([
        'ExtensionFailed extensions/SummariesModule/Output.objects',
      ]),
    );
    expect(await maps()).toEqual(BOTH);
    output.fails = false;
    output.change('');
    await expectMaps({ 'summary-east': { postgres: 'one' } });
  });

  it('says why the hub refuses it, and affects the aggregate in no way', async () => {
    rig.hub.faults.inject(
      { kind: 'status', status: 403 },
      { when: ({ method, path }) => method === 'PATCH' && path.includes('configmaps') },
    );
    await start();

    await eventually(async () => {
      const [first] = await problems();
      expect(first).toMatchObject({
        code: 'OutputFailed',
        message: expect.stringContaining('2 of 2 objects'),
      });
    });
    await eventually(async () => expect((await rig.status()).aggregate.state).toBe('published'));
    rig.hub.faults.clear();
    await rig.source.edit({ postgres: 'two' });
    await expectMaps({ 'summary-east': { postgres: 'two' }, 'summary-west': { postgres: 'two' } });
  });

  it('says that the hub does not answer before it has tried all objects', async () => {
    await start();
    await expectMaps(BOTH);
    rig.hub.faults.inject(
      { kind: 'hang' },
      { when: ({ method, path }) => method === 'PATCH' && path.includes('configmaps') },
    );

    await rig.source.edit({ postgres: 'two' });

    // Each of the two takes 6 s.
    await eventually(async () => expect(await outputs()).toMatchObject([{ state: 'failing' }]), {
      timeoutMs: 9_000,
    });
    rig.hub.faults.clear();
    // What hangs still does, for 6 s; then it is tried again after 9 s at most.
    await expectMaps(
      { 'summary-east': { postgres: 'two' }, 'summary-west': { postgres: 'two' } },
      { timeoutMs: 20_000 },
    );
  }, 40_000);

  it.each([
    [true, 'is deleted and created again'],
    [false, 'stays as it is, and that is said'],
  ])('where a field is immutable and it is replaceable: %s, %s', async (replaceable) => {
    const { output } = await start();
    await expectMaps(BOTH);
    output.replaceable = replaceable;
    const uid = async () => (await rig.hub.admin.must('GET', `${CONFIG_MAPS}/summary-east`)).metadata?.uid;
    const before = await uid();
    rig.hub.faults.inject(
      { kind: 'status', status: 422 },
      {
        when: ({ method, path }) => method === 'PATCH' && path.endsWith('summary-east'),
        times: replaceable ? 1 : Number.POSITIVE_INFINITY,
      },
    );

    await rig.source.edit({ postgres: 'two' });

    const postgres = replaceable ? 'two' : 'one';
    await expectMaps({ 'summary-east': { postgres }, 'summary-west': { postgres: 'two' } });
    expect((await uid()) === before).toBe(!replaceable);
    const wrong = replaceable ? [] : ['OutputFailed outputs/summaries'];
    await eventually(async () =>
      expect((await problems()).map(({ code, subject }) => `${code} ${subject}`)).toEqual(wrong),
    );
  });

  it('waits for a kind that the hub does not know, and says so', async () => {
    const restore = rig.hub.faults.inject(
      { kind: 'status', status: 404, body: '404 page not found' },
      { when: ({ path }) => path.includes('configmaps') },
    );
    await start();

    await eventually(async () => {
      const [first] = await problems();
      expect(first).toMatchObject({
        code: 'OutputFailed',
        message: expect.stringContaining('The hub does not know the kind ConfigMap of v1.'),
      });
    });
    expect(await outputs()).toMatchObject([{ state: 'waiting' }]);
    restore();
    await eventually(async () => expect(await maps()).toEqual(BOTH), { timeoutMs: 15_000 });
  });
});
