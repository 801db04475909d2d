import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import grafanaDatasources from '../../src/extensions/outputs/grafana-datasources/grafana-datasources.extension.ts';
import type { KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { DATASOURCE, DATASOURCES, predecessorDatasource } from '../support/grafana-objects.ts';
import { lensSource } from '../support/lens-objects.ts';
import { ServiceRig } from './service-rig.ts';

interface Datasource extends KubeObject {
  spec: {
    instanceSelector: object;
    datasource: { name: string; uid: string; url: string };
    valuesFrom?: object[];
  };
}

describe('grafana-datasources', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start([DATASOURCE]);
    await rig.source.edit({ ...lensSource(), postgres: lensSource().postgres ?? '' });
    await rig.registry.create({ east: rig.entry() });
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = async (settings: Record<string, string> = {}) =>
    await rig.startService(settings, [grafanaDatasources]);
  const create = (object: KubeObject) => rig.hub.admin.must('POST', DATASOURCES, { body: object });
  const datasources = async () =>
    ((await rig.hub.admin.must('GET', DATASOURCES)).items ?? []) as Datasource[];
  const named = async (name: string) => (await datasources()).find(({ metadata }) => metadata?.name === name);
  const expectUrl = (url: string, name = 'east') =>
    eventually(async () => expect((await named(name))?.spec.datasource.url).toBe(url));
  const problems = async () => (await rig.problems()).map(({ code, subject }) => `${code} ${subject}`);
  const OF_EAST = 'http://vmselect.primus-lens.svc.cluster.local:8481/select/0/prometheus';

  it('makes one for each cluster, with its name as name and uid', async () => {
    await start();

    await expectUrl(OF_EAST);
    expect(await named('east')).toMatchObject({
      metadata: { labels: { app: 'primus-lens', cluster: 'east' } },
      spec: {
        allowCrossNamespaceImport: true,
        resyncPeriod: '10m0s',
        instanceSelector: { matchLabels: { system: 'primus-lens' } },
        datasource: { name: 'east', uid: 'east', type: 'prometheus', access: 'proxy' },
      },
    });
    expect(await problems()).toEqual([]);

    await rig.registry.edit({ west: rig.entry(), east: null });
    await expectUrl(OF_EAST, 'west');
    await eventually(async () => expect(await named('east')).toBeUndefined());
  });

  it('follows the content, and takes an address from the template', async () => {
    await start({ MCCE_X_GRAFANA_DATASOURCES_URL: 'https://{prometheus.read_service}.{cluster}.example/' });
    await expectUrl('https://vmselect.east.example/');

    const { prometheus = '' } = lensSource();
    await rig.source.edit({ prometheus: prometheus.replace('vmselect', 'other') });

    await expectUrl('https://other.east.example/');
  });

  it('keeps what is there when the content lacks the address, and says so', async () => {
    await start();
    await expectUrl(OF_EAST);

    await rig.source.edit({ prometheus: '{"read_service":"evil.test/#","namespace":"x","read_port":1}' });

    await eventually(async () =>
      expect(await problems()).toEqual(['DatasourceIncomplete extensions/grafana-datasources/cluster/east']),
    );
    await expectUrl(OF_EAST);
  });

  it('gives a cluster whose name does not fit one of its own', async () => {
    const long = `East_${'x'.repeat(60)}`;
    await rig.registry.edit({ east: null, [long]: rig.entry() });
    await start();

    await eventually(async () => expect(await datasources()).toHaveLength(1));
    const [only] = await datasources();
    expect(only?.metadata?.name).toMatch(/^east-x+-[0-9a-f]{10}$/);
    expect(only?.spec.datasource.name).toBe(long);
    expect(only?.spec.datasource.uid).toMatch(/^east-x{24}-[0-9a-f]{10}$/);
  });

  it('gives Grafana the password in a Secret, and nowhere else', async () => {
    const password = randomBytes(12).toString('hex');
    const { prometheus = '' } = lensSource();
    const withPassword = { ...(JSON.parse(prometheus) as object), username: 'lens', password };
    await rig.source.edit({ prometheus: JSON.stringify(withPassword) });
    await start({ MCCE_X_GRAFANA_DATASOURCES_BASIC_AUTH: 'true' });

    await expectUrl(OF_EAST);
    const secret = await rig.hub.admin.must(
      'GET',
      '/api/v1/namespaces/default/secrets/grafana-datasource-east',
    );
    expect(secret.data).toEqual({ password: Buffer.from(password).toString('base64') });
    const east = await named('east');
    expect(JSON.stringify(east)).not.toContain(password);
    expect(JSON.stringify(await rig.status())).not.toContain(password);
    expect(east?.spec).toMatchObject({
      datasource: { basicAuthUser: 'lens', secureJsonData: { basicAuthPassword: '${password}' } },
      valuesFrom: [
        {
          targetPath: 'secureJsonData.basicAuthPassword',
          valueFrom: { secretKeyRef: { name: 'grafana-datasource-east', key: 'password' } },
        },
      ],
    });
  });

  describe('where the predecessor was', () => {
    it('adopts its data source in place', async () => {
      await create(predecessorDatasource('east', 'east', { name: 'east', url: 'http://old/' }));
      const before = (await named('east'))?.metadata?.uid;
      await start();

      await expectUrl(OF_EAST);
      expect((await named('east'))?.metadata?.uid).toBe(before);
      expect((await named('east'))?.spec.datasource.uid).toBe('east');
    });

    it('does not take one of somebody else', async () => {
      await create(predecessorDatasource('east', 'west', { name: 'east', url: 'http://old/' }));
      await start();

      await eventually(async () =>
        expect(await problems()).toEqual(['OutputFailed outputs/grafana-datasources']),
      );
      await expectUrl('http://old/');
    });

    const leave = (password: string) =>
      create(
        predecessorDatasource('postgresql-east', 'east', {
          name: 'postgresql-east',
          type: 'postgres',
          url: 'postgres:5432',
          secureJsonData: { password },
        }),
      );

    it('reports what holds a password, and leaves it', async () => {
      const password = randomBytes(12).toString('hex');
      await leave(password);
      await start();

      await eventually(async () =>
        expect(await problems()).toEqual(['DatasourceLeftovers extensions/grafana-datasources/leftovers']),
      );
      const status = JSON.stringify(await rig.status());
      expect(status).toContain('postgresql-east');
      expect(status).not.toContain(password);
      expect(await named('postgresql-east')).toBeDefined();
    });

    it('removes it where that is wanted, and nothing of somebody else', async () => {
      await leave(randomBytes(12).toString('hex'));
      await rig.registry.edit({ west: rig.entry() });
      await create({
        ...predecessorDatasource('postgresql-west', 'west', { name: 'mine', url: 'mine' }),
        metadata: { name: 'postgresql-west' },
      });
      await start({ MCCE_X_GRAFANA_DATASOURCES_REMOVE_LEFTOVERS: 'true' });

      await eventually(async () =>
        expect((await datasources()).map(({ metadata }) => metadata?.name ?? '').toSorted()).toEqual([
          'east',
          'postgresql-west',
          'west',
        ]),
      );
      await eventually(async () => expect(await problems()).toEqual([]));
    });
  });
});
