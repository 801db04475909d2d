import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Helm, only } from '../chart/helm.ts';
import type { KubeObject } from '../support/api-client.ts';
import { renewalRule } from '../../src/cli/manifests/permissions.ts';
import { CLUSTER_PROFILE_CRD } from '../support/cluster-profile-crd.ts';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { Fleet } from './fleet.ts';

const RBAC = 'rbac.authorization.k8s.io';
const READER = 'multi-cluster-config-exporter-reader';
const NAME = 'exporter-multi-cluster-config-exporter';
const PROFILES = '/apis/multicluster.x-k8s.io/v1alpha1/namespaces/default/clusterprofiles';

/** The built-in extensions, and the verbs that the chart grants to each. */
const EXTENSIONS: readonly (readonly [string, readonly string[]])[] = [
  ['labelled-secrets', ['list', 'watch']],
  ['argocd-clusters', ['list', 'watch']],
  ['cluster-api', ['list', 'watch']],
  ['istio-remote-secrets', ['list', 'watch']],
  ['cluster-profiles', ['list', 'watch']],
];

describe('the Roles that the chart gives to extensions, on a real API server', () => {
  let fleet: Fleet;
  let helm: Helm;
  let folder: string;
  let granted: KubeObject[] = [];

  beforeAll(async () => {
    helm = await Helm.find();
    fleet = await Fleet.start(['east']);
    folder = await mkdtemp(join(tmpdir(), 'mcce-roles-'));
    const { admin } = fleet.hub;
    for (const name of ['argocd', 'istio-system'])
      await admin.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
    await admin.must('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: CLUSTER_PROFILE_CRD,
    });
    await eventually(async () => expect((await admin.request('GET', PROFILES)).status).toBe(200));
    const execConfig = { apiVersion: 'client.authentication.k8s.io/v1', command: '/no/program' };
    await writeFile(
      join(folder, 'providers.json'),
      JSON.stringify({ providers: [{ name: 'cloud', execConfig }] }),
    );
  });

  afterEach(async () => {
    await fleet.reset();
    for (const { kind, metadata } of granted)
      await fleet.hub.admin.must(
        'DELETE',
        `/apis/rbac.authorization.k8s.io/v1/namespaces/${metadata?.namespace}/${kind?.toLowerCase()}s/${metadata?.name}`,
      );
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts the exporter with one extension, as the chart would, without one of its verbs. */
  const start = async (extension: string, missing?: string, settings: Record<string, string> = {}) => {
    const rendered = await helm.render({
      namespace: 'default',
      setJson: [`extensions=${JSON.stringify([{ name: extension }])}`],
    });
    const account = only(rendered, 'ServiceAccount');
    const own = rendered.filter(
      ({ kind, metadata }) => (kind === 'Role' || kind === 'RoleBinding') && metadata?.name === NAME,
    );
    granted = rendered.filter(
      ({ kind, metadata }) =>
        (kind === 'Role' || kind === 'RoleBinding') && metadata?.name === `${NAME}-${extension}`,
    );
    expect(granted).toHaveLength(2);
    for (const object of [account, ...own, ...granted])
      await fleet.hub.admin.apply([missing === undefined ? object : without(object, missing)]);
    return await fleet.startExporter(
      {
        MCCE_EXTENSIONS: extension,
        MCCE_X_CLUSTER_PROFILES_PROVIDER_FILE: join(folder, 'providers.json'),
        ...settings,
      },
      { token: await fleet.hub.serviceAccountToken('default', NAME) },
    );
  };
  /** The same Role of an extension without a verb. */
  const without = (object: KubeObject, verb: string): KubeObject => {
    if (object.kind !== 'Role' || object.metadata?.name === NAME) return object;
    const rules = (object.rules as { verbs: string[] }[])
      .map((rule) => ({ ...rule, verbs: rule.verbs.filter((each) => each !== verb) }))
      .filter(({ verbs }) => verbs.length > 0);
    return { ...object, rules };
  };

  it.each(EXTENSIONS)('let %s do all that it does, and grant it nothing else', async (name, verbs) => {
    const exporter = await start(name);

    await eventually(
      async () =>
        expect((await exporter.status()).registries).toMatchObject([
          { name, watch: { connected: true, listed: true } },
        ]),
      { timeoutMs: 15_000 },
    );
    const rules = granted.find(({ kind }) => kind === 'Role')?.rules;
    expect((rules as { verbs: string[] }[]).flatMap((rule) => rule.verbs)).toEqual(verbs);
  });

  it.each(EXTENSIONS.flatMap(([name, verbs]) => verbs.map((verb) => ({ name, verb }))))(
    'break $name without $verb',
    async ({ name, verb }) => {
      const exporter = await start(name, verb);

      await eventually(
        async () => {
          const { problems, registries } = await exporter.status();
          expect(registries).toMatchObject([{ name, watch: { connected: false } }]);
          expect(problems.map(({ subject }) => subject)).toContainEqual(
            expect.stringMatching(new RegExp(`^registries/${name}(/|$)`)),
          );
        },
        { timeoutMs: 20_000 },
      );
    },
  );

  describe('token-renewal', () => {
    const metadata = { name: 'renewal', namespace: 'default' };
    /** The shortest token, which comes due after a hundredth of its life: 6 s. */
    const startRenewal = async (missing?: string) => {
      const { admin } = fleet.cluster('east');
      await admin.apply([
        { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: [renewalRule(READER)] },
        {
          apiVersion: `${RBAC}/v1`,
          kind: 'RoleBinding',
          metadata,
          roleRef: { apiGroup: RBAC, kind: 'Role', name: metadata.name },
          subjects: [{ kind: 'ServiceAccount', name: READER, namespace: 'default' }],
        },
      ]);
      await fleet.source('east').create({ postgres: 'one' });
      const entry = primusLensEntry(await fleet.access('east', { seconds: 600 }));
      await fleet.registry.create({ east: entry });
      const due = { MCCE_X_TOKEN_RENEWAL_DURATION: '10m', MCCE_X_TOKEN_RENEWAL_AT: '1%' };
      return { entry, exporter: await start('token-renewal', missing, due) };
    };

    it('may write new tokens into entries, and nothing else', async () => {
      const { entry } = await startRenewal();

      await eventually(async () => expect((await fleet.registry.data()).get('east')).not.toBe(entry), {
        timeoutMs: 20_000,
      });
      expect(granted.find(({ kind }) => kind === 'Role')?.rules).toEqual([
        { apiGroups: [''], resources: ['secrets'], resourceNames: ['multi-k8s-config'], verbs: ['patch'] },
      ]);
    });

    it('says so without patch', async () => {
      const { entry, exporter } = await startRenewal('patch');

      await eventually(
        async () =>
          expect((await exporter.status()).problems.map(({ code }) => code)).toContain('RenewalRefused'),
        { timeoutMs: 20_000 },
      );
      expect((await fleet.registry.data()).get('east')).toBe(entry);
    });
  });
});
