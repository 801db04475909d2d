import { randomBytes } from 'node:crypto';
import type { AddressInfo, Server } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect } from 'vitest';
import { AppModule } from '../../src/app.module.ts';
import { parseSettings } from '../../src/base/config/settings.ts';
import { activate } from '../../src/base/extending/activate.ts';
import type { ActiveExtension, Extension } from '../../src/base/extending/extension.ts';
import { HubCredentials } from '../../src/kube/hub/hub-credentials.ts';
import type { Rule } from '../sandbox/authorizer.ts';
import type { Resource } from '../sandbox/resource-store.ts';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { primusLensEntry } from '../support/entries.ts';
import type { StatusJson } from '../support/exporter-process.ts';
import { eventually } from '../support/eventually.ts';
import { SecretEditor } from '../support/secret-editor.ts';

/** The whole service inside the process of the test, on a sandbox hub with the cluster `east`, whose source holds `one`. */
export class ServiceRig {
  readonly hub: SandboxApiServer;
  readonly east: SandboxApiServer;
  readonly registry: SecretEditor;
  readonly aggregate: SecretEditor;
  readonly source: SecretEditor;
  private app: INestApplication | undefined;

  private constructor(hub: SandboxApiServer, east: SandboxApiServer) {
    this.hub = hub;
    this.east = east;
    this.registry = new SecretEditor(hub.admin, 'multi-k8s-config');
    this.aggregate = new SecretEditor(hub.admin, 'multi-storage-config');
    this.source = new SecretEditor(east.admin, 'storage-config');
  }

  /** @param resources kinds that the API servers have beside the usual ones */
  static async start(resources: readonly Resource[] = []): Promise<ServiceRig> {
    const rig = new ServiceRig(
      await SandboxApiServer.start('hub', { resources }),
      await SandboxApiServer.start('east', { bookmarkMs: 500, resources }),
    );
    await rig.source.create({ postgres: 'one' });
    return rig;
  }

  /**
   * @param extensions of others, or their modules; they read their settings from the same environment
   * @param overrides other values for tokens of the service
   */
  async startService(
    environment: Record<string, string> = {},
    extensions: readonly (Type | Extension)[] = [],
    overrides: (readonly [Type, object])[] = [],
  ): Promise<INestApplication> {
    const token = randomBytes(16).toString('hex');
    this.hub.authorizer.addAdmin(token);
    const kubeConfig = new KubeConfig();
    const caData = Buffer.from(this.hub.authority.cert).toString('base64');
    kubeConfig.loadFromClusterAndUser(
      { name: 'hub', server: this.hub.url, caData, skipTLSVerify: false },
      { name: 'exporter', token },
    );
    const settings = parseSettings({ MCCE_LOG_LEVEL: 'fatal', MCCE_SYNC_INTERVAL: '1h', ...environment });
    const active = extensions.map((extension) => activated(extension, environment));
    const service = AppModule.register(settings, new HubCredentials(kubeConfig), { extensions: active });
    const builder = Test.createTestingModule({ imports: [service] });
    for (const [type, value] of overrides) builder.overrideProvider(type).useValue(value);
    const testing = await builder.compile();
    this.app = testing.createNestApplication({ forceCloseConnections: true });
    await this.app.listen(0, '127.0.0.1');
    return this.app;
  }

  /** An entry for east with a fresh token. @param rules what it may do beside reading the source */
  entry(rules: readonly Rule[] = []): string {
    const token = randomBytes(16).toString('hex');
    this.east.authorizer.addUser(token, [
      { verbs: ['get', 'list', 'watch'], resource: 'secrets', names: ['storage-config'] },
      ...rules,
    ]);
    return primusLensEntry({ server: this.east.url, ca: this.east.authority.cert, token });
  }

  /** Waits until the aggregate holds nothing but this text for east. */
  async expectPublished(text: string): Promise<void> {
    await eventually(async () => {
      expect(Object.fromEntries(await this.aggregate.data())).toEqual({
        east: JSON.stringify({ postgres: Buffer.from(text).toString('base64') }),
      });
    });
  }

  /** Asks the service itself. */
  async get(path: string, init: RequestInit = {}): Promise<Response> {
    const server = this.app?.getHttpServer() as Server;
    return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init);
  }

  /** What its status tells. */
  async status(): Promise<StatusJson> {
    return (await (await this.get('/api/v1/status')).json()) as StatusJson;
  }

  /** What is wrong, but for its clusters being one and the same. */
  async problems(): Promise<StatusJson['problems']> {
    return (await this.status()).problems.filter(({ code }) => code !== 'ClusterTwice');
  }

  /** How often east was read. */
  readsOfSource(): number {
    return this.east.requests.filter((request) => request.startsWith('GET')).length;
  }

  async stop(): Promise<void> {
    await this.app?.close();
    await Promise.all([this.hub.stop(), this.east.stop()]);
  }
}

function activated(extension: Type | Extension, environment: Record<string, string>): ActiveExtension {
  if (!('apiVersion' in extension)) return { name: extension.name, module: extension };
  const { active, problems } = activate([{ extension }], environment);
  const [first] = active;
  if (!first || problems.length > 0) throw new Error(problems.join(', '));
  return first;
}
