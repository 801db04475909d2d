import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RealApiServer } from '../api-server/real-api-server.ts';
import { kubeconfigFor } from '../support/exporter-process.ts';
import { mcce } from '../support/mcce.ts';
import { Fleet } from './fleet.ts';

const RBAC = 'rbac.authorization.k8s.io';
const READS_SOURCE = {
  apiGroups: [''],
  resources: ['secrets'],
  resourceNames: ['storage-config'],
  verbs: ['get', 'list', 'watch'],
};

/** What docs/operations.md, "What the operator needs", says. */
const ON_HUB = [
  { apiGroups: [''], resources: ['secrets'], resourceNames: ['multi-k8s-config'], verbs: ['get', 'patch'] },
  { apiGroups: [''], resources: ['secrets'], resourceNames: ['multi-storage-config'], verbs: ['get'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
];
const HUB_IDENTITY = [
  { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] },
];
const IN_CLUSTER = [
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['create', 'get', 'list', 'delete'] },
  { apiGroups: [RBAC], resources: ['roles', 'rolebindings'], verbs: ['create', 'list', 'delete'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['create', 'get', 'list', 'delete'] },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  READS_SOURCE,
];

describe('an operator with the documented rights and no others', () => {
  let fleet: Fleet;
  let folder: string;
  let environment: Record<string, string>;

  beforeAll(async () => {
    fleet = await Fleet.start(['east']);
    folder = await mkdtemp(join(tmpdir(), 'mcce-operator-'));
    const files = [
      await kubeconfigOf(fleet.hub, ON_HUB, HUB_IDENTITY),
      await kubeconfigOf(fleet.cluster('east'), IN_CLUSTER),
    ];
    environment = { HOME: folder, KUBECONFIG: files.join(':') };
    await fleet.source('east').create({ postgres: 'one' });
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const kubeconfigOf = async (
    server: RealApiServer,
    rules: object[],
    clusterRules: object[] = [],
  ): Promise<string> => {
    const metadata = { name: 'operator', namespace: 'default' };
    await server.admin.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules },
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: RBAC, kind: 'Role', name: 'operator' },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    ]);
    for (const [path, body] of [
      ['clusterroles', { rules: clusterRules }],
      [
        'clusterrolebindings',
        {
          roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'operator' },
          subjects: [{ kind: 'ServiceAccount', ...metadata }],
        },
      ],
    ] as const)
      await server.admin.must('POST', `/apis/${RBAC}/v1/${path}`, {
        body: { metadata: { name: 'operator' }, ...body },
      });
    const token = await server.serviceAccountToken('default', 'operator');
    const config = kubeconfigFor({ server: server.url, ca: server.authority.cert, token });
    // Named after the server, so that the two can be used as one.
    const file = join(folder, server.name);
    await writeFile(
      file,
      JSON.stringify(config)
        .replaceAll('"hub"', `"${server.name}"`)
        .replaceAll('"exporter"', `"${server.name}-operator"`),
      { mode: 0o600 },
    );
    return file;
  };

  const server = () => ['--server', fleet.cluster('east').url];

  it.each([
    ['cluster add --dry-run', () => ['cluster', 'add', 'east', '--dry-run', ...server()]],
    ['cluster add', () => ['cluster', 'add', 'east', ...server()]],
    ['cluster list', () => ['cluster', 'list']],
    ['cluster rotate', () => ['cluster', 'rotate', 'east']],
    ['cluster rotate --finish', () => ['cluster', 'rotate', 'east', '--finish']],
    ['cluster remove --purge', () => ['cluster', 'remove', 'east', '--purge', '--yes']],
  ])('can do: mcce %s', async (_command, args) => {
    const { code, stderr } = await mcce(args(), environment);

    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/^(mcce: |left )/m)]);
  });
});
