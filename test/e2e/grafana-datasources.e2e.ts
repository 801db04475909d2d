import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Helm } from '../chart/helm.ts';
import type { KubeObject } from '../support/api-client.ts';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { DATASOURCES, grafanaDatasourceCrd, predecessorDatasource } from '../support/grafana-objects.ts';
import { lensSource } from '../support/lens-objects.ts';
import { Fleet } from './fleet.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CRD = `${CRDS}/grafanadatasources.grafana.integreatly.org`;
/** The CRD is looked for again with a backoff. */
const PATIENT = { timeoutMs: 30_000 };

describe('grafana-datasources on a real API server, with the rights that the chart grants', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start(['east']);
    const helm = await Helm.find();
    const rendered = await helm.render({
      namespace: 'default',
      setJson: [
        'extensions=[{"name":"grafana-datasources"}]',
        'serviceAccount={"create":false,"name":"multi-cluster-config-exporter"}',
      ],
    });
    const roles = rendered.filter(
      ({ kind, metadata }) =>
        (kind === 'Role' || kind === 'RoleBinding') && metadata?.name?.endsWith('-grafana-datasources'),
    );
    expect(roles).toHaveLength(2);
    await fleet.hub.admin.apply(roles);
  });

  afterEach(async () => {
    await fleet.reset();
    await fleet.hub.admin.request('DELETE', DATASOURCES);
    await fleet.hub.admin.request('DELETE', CRD);
    await eventually(async () => expect((await fleet.hub.admin.request('GET', CRD)).status).toBe(404));
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  const start = async () => {
    await fleet.source('east').create(lensSource());
    // Long enough for no problem of its own.
    const access = await fleet.access('east', { seconds: 30 * 86_400 });
    await fleet.registry.create({ east: primusLensEntry(access) });
    return await fleet.startExporter({ MCCE_EXTENSIONS: 'grafana-datasources' });
  };
  const createCrd = async (uidInSpec: boolean) => {
    await fleet.hub.admin.must('POST', CRDS, { body: grafanaDatasourceCrd(uidInSpec) });
    await eventually(async () =>
      expect((await fleet.hub.admin.request('GET', DATASOURCES)).status).toBe(200),
    );
  };
  const east = async () =>
    (await fleet.hub.admin.request('GET', `${DATASOURCES}/east`)).body as KubeObject & {
      spec?: { datasource: { uid?: string; url?: string } };
    };
  const expectDatasource = () =>
    eventually(
      async () =>
        expect((await east()).spec?.datasource).toMatchObject({
          uid: 'east',
          url: 'http://vmselect.primus-lens.svc.cluster.local:8481/select/0/prometheus',
        }),
      PATIENT,
    );

  it.each([
    ['before 5.20', false],
    ['since 5.20', true],
  ])('writes what the operator %s takes, restores it, and removes it', async (_release, uidInSpec) => {
    await createCrd(uidInSpec);
    const exporter = await start();
    await expectDatasource();

    await fleet.hub.admin.must('PATCH', `${DATASOURCES}/east`, {
      body: { spec: { datasource: { url: 'http://edited/' } } },
      contentType: 'application/merge-patch+json',
    });
    await expectDatasource();
    await fleet.hub.admin.must('DELETE', `${DATASOURCES}/east`);
    await expectDatasource();
    expect((await exporter.status()).problems).toEqual([]);

    await fleet.registry.edit({ west: await fleet.entry('east'), east: null });
    await eventually(async () => expect((await east()).kind).toBe('Status'));
  });

  it('reports that the hub does not know the kind, until it does', async () => {
    const exporter = await start();
    await eventually(
      async () =>
        expect((await exporter.status()).problems).toEqual([
          expect.objectContaining({
            code: 'OutputFailed',
            subject: 'outputs/grafana-datasources',
            message: expect.stringContaining('GrafanaDatasource') as string,
          }),
        ]),
      PATIENT,
    );

    await createCrd(true);

    await expectDatasource();
    await eventually(async () => expect((await exporter.status()).problems).toEqual([]));
  });

  it('adopts what the predecessor made, in place', async () => {
    await createCrd(false);
    const made = predecessorDatasource('east', 'east', {
      name: 'east',
      type: 'prometheus',
      url: 'http://old/',
    });
    const { metadata } = await fleet.hub.admin.must('POST', DATASOURCES, { body: made });

    await start();

    await expectDatasource();
    expect((await east()).metadata?.uid).toBe(metadata?.uid);
  });
});
