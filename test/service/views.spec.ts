import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import views from '../../src/extensions/outputs/views/views.extension.ts';
import { OUTPUT_LABEL } from '../../src/index.ts';
import { eventually } from '../support/eventually.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { ServiceRig } from './service-rig.ts';

const value = (texts: Record<string, string>) =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  );

describe('views', () => {
  let rig: ServiceRig;
  let folder: string;
  let metrics: SecretEditor;

  beforeEach(async () => {
    rig = await ServiceRig.start();
    folder = await mkdtemp(join(tmpdir(), 'mcce-views-'));
    metrics = new SecretEditor(rig.hub.admin, 'metrics', 'team-a');
    await rig.source.edit({ prometheus: 'metrics' });
    await rig.registry.create({ east: rig.entry(), 'eu-1': rig.entry(), west: rig.entry() });
  });

  afterEach(async () => {
    await rig.stop();
    await rm(folder, { recursive: true });
  });

  const start = async (...definitions: object[]) => {
    const file = join(folder, 'views.yaml');
    await writeFile(file, JSON.stringify({ views: definitions }));
    return await rig.startService({ MCCE_X_VIEWS_FILE: file }, [views]);
  };
  const METRICS = { name: 'metrics', namespace: 'team-a', clusters: ['east', 'eu-*'], keys: ['prometheus'] };
  const expectView = (editor: SecretEditor, wanted: Record<string, string>) =>
    eventually(async () => expect(Object.fromEntries(await editor.data())).toEqual(wanted));
  const problems = async () => await rig.problems();
  const BOTH = { east: value({ prometheus: 'metrics' }), 'eu-1': value({ prometheus: 'metrics' }) };

  it('hold chosen clusters and keys in other namespaces, and follow the aggregate', async () => {
    await start(METRICS, { name: 'everything', clusters: ['*'], keys: ['*'] });

    await expectView(metrics, BOTH);
    const everything = value({ postgres: 'one', prometheus: 'metrics' });
    await expectView(new SecretEditor(rig.hub.admin, 'everything'), {
      east: everything,
      'eu-1': everything,
      west: everything,
    });
    expect(await metrics.read()).toMatchObject({
      type: 'Opaque',
      metadata: { labels: { [OUTPUT_LABEL]: 'views' } },
    });

    await rig.source.edit({ prometheus: 'changed' });
    await expectView(metrics, {
      east: value({ prometheus: 'changed' }),
      'eu-1': value({ prometheus: 'changed' }),
    });
    await rig.registry.edit({ 'eu-1': null });
    await expectView(metrics, { east: value({ prometheus: 'changed' }) });
  });

  it('are not written when a key changes that they do not hold', async () => {
    await start(METRICS);
    await expectView(metrics, BOTH);
    const version = async () => (await metrics.read())?.metadata?.resourceVersion;
    const before = await version();

    await rig.source.edit({ postgres: 'two' });
    await eventually(async () =>
      expect((await rig.aggregate.data()).get('east')).toBe(
        value({ postgres: 'two', prometheus: 'metrics' }),
      ),
    );

    expect(await version()).toBe(before);
  });

  it('keep the last-known-good as the aggregate does', async () => {
    await start(METRICS);
    await expectView(metrics, BOTH);

    await rig.east.refuse();
    await rig.registry.delete();
    await eventually(async () => expect((await rig.status()).registry.state).toBe('missing'));
    await metrics.delete();

    await expectView(metrics, BOTH);
  });

  it('report what they lack until it is there', async () => {
    await start({ ...METRICS, clusters: ['east', 'north'], keys: ['prometheus', 'opensearch'] });

    await eventually(async () =>
      expect(await problems()).toEqual([
        expect.objectContaining({
          code: 'ViewIncomplete',
          severity: 'warning',
          subject: 'extensions/views/team-a/metrics',
          message: expect.stringContaining(
            'no cluster is named north, east has no key opensearch.',
          ) as string,
        }),
      ]),
    );
    await rig.source.edit({ opensearch: 'found' });
    await rig.registry.edit({ north: rig.entry() });
    await eventually(async () => expect(await problems()).toEqual([]));
  });

  it('leave a Secret of somebody else alone, and report it', async () => {
    await metrics.create({ mine: 'kept' });
    await start(METRICS);

    await eventually(async () =>
      expect(await problems()).toEqual([
        expect.objectContaining({
          code: 'OutputFailed',
          message: expect.stringContaining('Secret/team-a/metrics') as string,
        }),
      ]),
    );
    await expectView(metrics, { mine: 'kept' });
  });

  it('are deleted once they are no longer defined', async () => {
    const service = await start(METRICS, { ...METRICS, name: 'old' });
    const old = new SecretEditor(rig.hub.admin, 'old', 'team-a');
    await expectView(old, BOTH);
    await service.close();

    await start(METRICS);

    await eventually(async () => expect(await old.read()).toBeUndefined());
    await expectView(metrics, BOTH);
  });

  it('refuse to start as a Secret that the exporter uses', async () => {
    await expect(start({ ...METRICS, name: 'multi-k8s-config', namespace: 'default' })).rejects.toThrow(
      'The view default/multi-k8s-config is a Secret that the exporter uses already.',
    );
  });
});
