import { randomBytes } from 'node:crypto';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { kubeconfigEntry, primusLensEntry } from '../support/entries.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { SecretEditor } from '../support/secret-editor.ts';

/** Quick enough to watch. */
const SETTINGS = { MCCE_SYNC_INTERVAL: '2s', MCCE_READ_TIMEOUT: '1s', MCCE_MISSING_GRACE: '10s' };
const CLUSTERS = ['east', 'north', 'west'];

/** A sandbox hub with a few sandbox clusters, and the real service in a process of its own. */
export class DemoFleet {
  readonly exporter: ExporterProcess;
  readonly aggregate: SecretEditor;
  readonly registry: SecretEditor;
  private readonly hub: SandboxApiServer;
  private readonly clusters: ReadonlyMap<string, SandboxApiServer>;

  private constructor(
    hub: SandboxApiServer,
    clusters: ReadonlyMap<string, SandboxApiServer>,
    exporter: ExporterProcess,
  ) {
    this.hub = hub;
    this.clusters = clusters;
    this.exporter = exporter;
    this.registry = new SecretEditor(hub.admin, 'multi-k8s-config');
    this.aggregate = new SecretEditor(hub.admin, 'multi-storage-config');
  }

  static async start(names: readonly string[] = CLUSTERS): Promise<DemoFleet> {
    const hub = await SandboxApiServer.start('hub');
    const clusters = new Map<string, SandboxApiServer>();
    for (const name of names) clusters.set(name, await SandboxApiServer.start(name));
    const token = randomBytes(24).toString('hex');
    hub.authorizer.addUser(token, [
      { verbs: ['list', 'watch'], resource: 'secrets', names: ['multi-k8s-config'] },
      { verbs: ['list', 'watch', 'create', 'patch'], resource: 'secrets', names: ['multi-storage-config'] },
    ]);
    const access = { server: hub.url, ca: hub.authority.cert, token };
    // Ctrl-C is for the demo, which then stops the exporter.
    const exporter = await ExporterProcess.start(access, SETTINGS, { detached: true });
    const fleet = new DemoFleet(hub, clusters, exporter);
    for (const name of names) await fleet.source(name).create(storageOf(name, 1));
    await fleet.registry.create(Object.fromEntries(names.map((name) => [name, fleet.entry(name)])));
    return fleet;
  }

  /** An entry with a fresh token, in one of the two formats. @param days that the token lasts */
  entry(name: string, days = 90): string {
    const server = this.cluster(name);
    const token = tokenFor(days);
    server.authorizer.addUser(token, [
      { verbs: ['get', 'list', 'watch'], resource: 'secrets', names: ['storage-config'] },
    ]);
    const access = { server: server.url, ca: server.authority.cert, token };
    return name === 'west' ? kubeconfigEntry(access) : primusLensEntry(access);
  }

  /** Writes the next revision of a cluster's source. */
  async changeSource(name: string, revision: number): Promise<void> {
    await this.source(name).edit(storageOf(name, revision));
  }

  async takeDown(name: string): Promise<void> {
    await this.cluster(name).refuse();
  }

  async bringBack(name: string): Promise<void> {
    await this.cluster(name).listen();
  }

  async stop(): Promise<void> {
    await this.exporter.stop();
    await Promise.all([this.hub, ...this.clusters.values()].map((server) => server.stop()));
  }

  private source(name: string): SecretEditor {
    return new SecretEditor(this.cluster(name).admin, 'storage-config');
  }

  private cluster(name: string): SandboxApiServer {
    const server = this.clusters.get(name);
    if (!server) throw new Error(`the demo has no cluster ${name}`);
    return server;
  }
}

/** In the form of a ServiceAccount's: a JWT (RFC 7519), of which only the end counts here. */
function tokenFor(days: number): string {
  const exp = Math.floor(Date.now() / 1_000) + days * 86_400;
  const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part({ exp })}.${randomBytes(24).toString('base64url')}`;
}

/** A source as Primus-Lens keeps it, with generated passwords. */
function storageOf(cluster: string, revision: number): Record<string, string> {
  const credentials = { username: 'lens', password: randomBytes(12).toString('hex') };
  return {
    opensearch: JSON.stringify({
      url: `https://opensearch.${cluster}.example:9200`,
      ...credentials,
      revision,
    }),
    prometheus: JSON.stringify({ url: `https://prometheus.${cluster}.example`, revision }),
    postgres: JSON.stringify({ host: `postgres.${cluster}.example`, port: 5432, ...credentials, revision }),
  };
}
