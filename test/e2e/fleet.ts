import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { Etcd, RealApiServer } from '../api-server/real-api-server.ts';
import type { ApiClient, KubeObject } from '../support/api-client.ts';
import { type EntryAccess, primusLensEntry } from '../support/entries.ts';
import { ExporterProcess, kubeconfigFor } from '../support/exporter-process.ts';
import { LeaseEditor } from '../support/lease-editor.ts';
import { SecretEditor } from '../support/secret-editor.ts';

const EXPORTER = 'multi-cluster-config-exporter';

const ROLES = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';

/** Short times, so that the suite need not wait as a fleet does. */
const QUICK_SETTINGS = {
  MCCE_SYNC_INTERVAL: '1s',
  MCCE_READ_TIMEOUT: '1500ms',
  MCCE_MISSING_GRACE: '4s',
  MCCE_LOG_LEVEL: 'debug',
};

/** A hub and clusters on real API servers, with the RBAC of docs/manifests and nothing more. */
export class Fleet {
  readonly hub: RealApiServer;
  readonly clusters: ReadonlyMap<string, RealApiServer>;
  readonly registry: SecretEditor;
  readonly aggregate: SecretEditor;
  readonly lease: LeaseEditor;
  private readonly etcd: Etcd;
  private readonly exporters = new Set<ExporterProcess>();

  private constructor(etcd: Etcd, hub: RealApiServer, clusters: ReadonlyMap<string, RealApiServer>) {
    this.etcd = etcd;
    this.hub = hub;
    this.clusters = clusters;
    this.registry = new SecretEditor(hub.admin, 'multi-k8s-config');
    this.aggregate = new SecretEditor(hub.admin, 'multi-storage-config');
    this.lease = new LeaseEditor(hub.admin, EXPORTER);
  }

  /** @param flags of API servers, by name */
  static async start(
    clusterNames: readonly string[],
    flags: Readonly<Record<string, readonly string[]>> = {},
  ): Promise<Fleet> {
    const etcd = await Etcd.start();
    const start = async (name: string) => (await RealApiServer.create(name, etcd, flags[name])).start();
    const [hub, ...servers] = await Promise.all(['hub', ...clusterNames].map(start));
    if (!hub) throw new Error('a fleet has a hub');
    await hub.admin.apply(await manifest('hub-rbac.yaml'));
    await installSettings(hub.admin);
    for (const server of servers) await server.admin.apply(await manifest('cluster-rbac.yaml'));
    return new Fleet(etcd, hub, new Map(servers.map((server) => [server.name, server])));
  }

  cluster(name: string): RealApiServer {
    const server = this.clusters.get(name);
    if (!server) throw new Error(`the fleet has no cluster ${name}`);
    return server;
  }

  source(name: string): SecretEditor {
    return new SecretEditor(this.cluster(name).admin, 'storage-config');
  }

  /**
   * A fresh credential for the reader of a cluster, or for another ServiceAccount in it.
   *
   * @param options.seconds that it lasts
   */
  async access(
    name: string,
    { account = `${EXPORTER}-reader`, seconds = 3600 }: { account?: string; seconds?: number } = {},
  ): Promise<EntryAccess> {
    const { url, authority } = this.cluster(name);
    const token = await this.cluster(name).serviceAccountToken('default', account, seconds);
    return { server: url, ca: authority.cert, token };
  }

  async entry(name: string): Promise<string> {
    return primusLensEntry(await this.access(name));
  }

  /** A fresh token for the exporter itself. */
  async exporterToken(): Promise<string> {
    return await this.hub.serviceAccountToken('default', EXPORTER);
  }

  /** Makes another ServiceAccount with the Role of the exporter, so that the audit log tells replicas apart. */
  async replicaToken(name: string): Promise<string> {
    const metadata = { name, namespace: 'default' };
    await this.hub.admin.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: EXPORTER },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    ]);
    return await this.hub.serviceAccountToken('default', name);
  }

  /** A token of an exporter that was never meant for several replicas: its Role has nothing about Leases. */
  async tokenWithoutLease(): Promise<string> {
    const role = (await manifest('hub-rbac.yaml')).find(({ kind }) => kind === 'Role');
    const metadata = { name: 'without-lease', namespace: 'default' };
    const rules = ((role?.rules ?? []) as { resources: string[] }[]).filter(
      ({ resources }) => !resources.includes('leases'),
    );
    await this.hub.admin.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { ...role, metadata, rules },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    ]);
    return await this.hub.serviceAccountToken('default', metadata.name);
  }

  /**
   * Makes somebody who may do this in the namespace, and nothing else.
   *
   * @returns path of a kubeconfig in the folder
   */
  async operatorKubeconfig(name: string, rules: readonly object[], folder: string): Promise<string> {
    const { admin } = this.hub;
    const token = await this.replicaToken(name);
    await admin.must('DELETE', `${ROLES}/rolebindings/${name}`);
    await admin.must('POST', `${ROLES}/roles`, { body: { metadata: { name }, rules } });
    await admin.must('POST', `${ROLES}/rolebindings`, {
      body: {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
      },
    });
    const file = join(folder, `${name}.json`);
    const config = kubeconfigFor({ server: this.hub.url, ca: this.hub.authority.cert, token });
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  /**
   * Starts the built exporter.
   *
   * @param access by default that of the hub manifest's ServiceAccount, straight to the hub
   */
  async startExporter(
    settings: Record<string, string> = {},
    {
      token,
      server = this.hub.url,
      namespace = 'default',
    }: { token?: string; server?: string; namespace?: string } = {},
  ): Promise<ExporterProcess> {
    const ca = this.hub.authority.cert;
    const access = { server, ca, namespace, token: token ?? (await this.exporterToken()) };
    const exporter = await ExporterProcess.start(access, { ...QUICK_SETTINGS, ...settings });
    this.exporters.add(exporter);
    return exporter;
  }

  /** Ends the exporters and deletes the Secrets and the Lease, so that the next test finds a fleet as new. */
  async reset(): Promise<void> {
    for (const exporter of this.exporters) await exporter.stop('SIGKILL');
    this.exporters.clear();
    const secrets = [
      this.registry,
      this.aggregate,
      ...[...this.clusters.keys()].map((name) => this.source(name)),
    ];
    for (const secret of secrets) if (await secret.read()) await secret.delete();
    await this.lease.delete();
  }

  async stop(): Promise<void> {
    for (const exporter of this.exporters) await exporter.stop('SIGKILL');
    await Promise.all([this.hub, ...this.clusters.values()].map((server) => server.stop()));
    await this.etcd.stop();
  }
}

/** A manifest of the documentation, in the namespace of the tests. */
async function manifest(file: string): Promise<KubeObject[]> {
  const text = await readFile(new URL(`../../docs/manifests/${file}`, import.meta.url), 'utf8');
  return (loadAll(text) as KubeObject[]).map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: 'default' },
    ...(object.subjects !== undefined && {
      subjects: (object.subjects as object[]).map((subject) => ({ ...subject, namespace: 'default' })),
    }),
  }));
}

/** The ConfigMap by which mcce finds an exporter that the chart has installed. */
export async function installSettings(
  admin: ApiClient,
  { data = {} }: { data?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  await admin.apply([
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: EXPORTER, namespace: 'default', labels: EXPORTER_LABELS },
      data,
    },
  ]);
}

/** What the chart puts on ConfigMap and pods. */
export const EXPORTER_LABELS = { 'multi-cluster-config-exporter/component': 'exporter' };
