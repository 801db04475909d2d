import { randomBytes } from 'node:crypto';
import { Etcd, RealApiServer } from '../api-server/real-api-server.ts';
import type { Rule } from '../sandbox/authorizer.ts';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import type { ApiClient } from '../support/api-client.ts';

/** An API server that the contract suite can hold to the contract. */
export interface ApiServerUnderTest {
  url: string;
  ca: string;
  /** May do everything. */
  admin: ApiClient;
  /** Makes a user who may do what the rules say in the namespace `default`. */
  tokenFor(rules: readonly Rule[]): Promise<string>;
  /** Makes versions of the past too old to watch from. */
  forgetHistory(): Promise<void>;
  stop(): Promise<void>;
}

/** Everything that the suite runs against. */
export const API_SERVERS: Readonly<Record<string, () => Promise<ApiServerUnderTest>>> = {
  'the sandbox': startSandbox,
  'a real kube-apiserver': startReal,
};

async function startSandbox(): Promise<ApiServerUnderTest> {
  const server = await SandboxApiServer.start('contract');
  return {
    url: server.url,
    ca: server.authority.cert,
    admin: server.admin,
    tokenFor: async (rules) => {
      const token = randomBytes(24).toString('hex');
      server.authorizer.addUser(token, rules);
      return token;
    },
    forgetHistory: async () => server.store.compact(),
    stop: () => server.stop(),
  };
}

async function startReal(): Promise<ApiServerUnderTest> {
  const etcd = await Etcd.start();
  const server = await (await RealApiServer.create('contract', etcd)).start();
  let users = 0;
  return {
    url: server.url,
    ca: server.authority.cert,
    admin: server.admin,
    tokenFor: async (rules) => {
      const name = `user-${++users}`;
      await grant(server.admin, name, rules);
      return await server.serviceAccountToken('default', name);
    },
    // Its watch cache begins anew.
    forgetHistory: async () => {
      await server.kill();
      await server.start();
    },
    stop: async () => {
      await server.stop();
      await etcd.stop();
    },
  };
}

async function grant(admin: ApiClient, name: string, rules: readonly Rule[]): Promise<void> {
  const metadata = { name, namespace: 'default' };
  const apiGroups = ['', 'coordination.k8s.io', 'events.k8s.io'];
  await admin.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: rules.map(({ verbs, resource, names }) => ({
        apiGroups,
        resources: [resource],
        verbs,
        ...(names && { resourceNames: names }),
      })),
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ]);
}
