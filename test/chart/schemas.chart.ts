import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/api-client.ts';
import { Helm, OPERATOR, only, VALUES } from './helm.ts';
import { complaintsAbout } from './schemas.ts';

const MANIFESTS = fileURLToPath(new URL('../../docs/manifests', import.meta.url));
const CONTAINER = '/spec/template/spec/containers/0';

async function complaintsAboutAll(objects: readonly KubeObject[]): Promise<string[]> {
  return (await Promise.all(objects.map(complaintsAbout))).flat();
}

/** The object with something else at a path, a JSON Pointer. */
function changed(object: KubeObject, path: string, to: unknown): KubeObject {
  const copy = structuredClone(object);
  const names = path
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/'));
  const last = names.pop() ?? '';
  let place: Record<string, unknown> = copy;
  for (const name of names) place = place[name] as Record<string, unknown>;
  place[last] = to;
  return copy;
}

/** The object once for each place in it, with something there that no schema allows. */
function* spoiled(
  whole: KubeObject,
  part: object = whole,
  at = '',
): Generator<{ path: string; object: KubeObject }> {
  const unknownField = Array.isArray(part) ? [] : [['unheardOf', undefined] as const];
  for (const [name, value] of [...Object.entries(part), ...unknownField]) {
    const path = `${at}/${name.replaceAll('/', '~1')}`;
    if (typeof value === 'object' && value !== null) yield* spoiled(whole, value as object, path);
    else yield { path, object: changed(whole, path, {}) };
  }
}

describe('the OpenAPI schemas', () => {
  let helm: Helm;
  let everything: KubeObject[];

  beforeAll(async () => {
    helm = await Helm.find();
    const others = await Promise.all(
      ['ci/cronjob.yaml', 'ci/podmonitor.yaml'].map((file) => helm.render({ files: [file] })),
    );
    everything = [
      ...(await helm.render({ files: ['ci/full.yaml'], apiVersions: OPERATOR })),
      ...others.flat().filter(({ kind }) => kind === 'CronJob' || kind === 'PodMonitor'),
    ];
  });

  it.each(VALUES)('have nothing against what the chart makes with %s', async (file) => {
    const files = file === undefined ? [] : [file];
    for (const apiVersions of [[], OPERATOR])
      expect(await complaintsAboutAll(await helm.render({ files, apiVersions }))).toEqual([]);
  });

  it.each(globSync('*.yaml', { cwd: MANIFESTS }).toSorted())(
    'have nothing against docs/manifests/%s',
    async (file) => {
      const objects = loadAll(await readFile(`${MANIFESTS}/${file}`, 'utf8')) as KubeObject[];
      expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Role', 'RoleBinding']);
      expect(await complaintsAboutAll(objects)).toEqual([]);
    },
  );

  it('see every kind that the chart can make', async () => {
    expect(
      [...new Set(everything.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))].toSorted(),
    ).toEqual([
      'apps/v1 Deployment',
      'batch/v1 CronJob',
      'monitoring.coreos.com/v1 PodMonitor',
      'monitoring.coreos.com/v1 PrometheusRule',
      'monitoring.coreos.com/v1 ServiceMonitor',
      'networking.k8s.io/v1 NetworkPolicy',
      'policy/v1 PodDisruptionBudget',
      'rbac.authorization.k8s.io/v1 Role',
      'rbac.authorization.k8s.io/v1 RoleBinding',
      'v1 ConfigMap',
      'v1 Pod',
      'v1 Service',
      'v1 ServiceAccount',
    ]);
  });

  it.each([
    ['Deployment', `${CONTAINER}/imagePullPolice`, 'Always', 'is a field that the schema does not know'],
    ['Deployment', '/spec/replicas', '3', 'must be integer'],
    ['Deployment', `${CONTAINER}/env/0/value`, 8080, 'must be string'],
    ['Deployment', CONTAINER, { image: 'nameless' }, 'must have required property name'],
    ['PodDisruptionBudget', '/spec/maxUnavailabel', 1, 'is a field that the schema does not know'],
    ['PodDisruptionBudget', '/spec/selector', [], 'must be object'],
    ['ServiceMonitor', '/spec/endpoints/0/intervall', '30s', 'is a field that the schema does not know'],
    ['ServiceMonitor', '/spec/endpoints/0/interval', '30 s', 'must match pattern'],
    ['PrometheusRule', '/spec/groups/0/rules/0/expression', 'up', 'is a field that the schema does not know'],
  ])('complain, by name and path, of a %s whose %s is %o', async (kind, path, value, complaint) => {
    const object = only(everything, kind);
    expect(await complaintsAbout(changed(object, path, value))).toEqual([
      expect.stringContaining(`${kind} ${object.metadata?.name}: ${path} ${complaint}`),
    ]);
  });

  it('refuse an unknown field and a value of another type, wherever it is', async () => {
    const verdicts: { path: string; complaints: string[] }[] = [];
    for (const whole of everything)
      for (const { path, object } of spoiled(whole))
        if (path !== '/apiVersion' && path !== '/kind')
          verdicts.push({
            path: `${whole.kind} ${path}`,
            complaints: await complaintsAbout(object),
          });

    expect(verdicts.filter(({ complaints }) => complaints.length === 0)).toEqual([]);
    expect(verdicts.map(({ path }) => path)).toContain(`Deployment ${CONTAINER}/unheardOf`);
  });

  it('are missed where there is none', async () => {
    await expect(complaintsAbout({ apiVersion: 'apps/v2', kind: 'Deployment' })).rejects.toThrow(
      'no schema for Deployment of apps/v2',
    );
  });
});
