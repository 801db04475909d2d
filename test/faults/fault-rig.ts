import { randomBytes } from 'node:crypto';
import type { Rule } from '../sandbox/authorizer.ts';
import type { Change } from '../sandbox/resource-store.ts';
import { SandboxApiServer, type SandboxOptions } from '../sandbox/sandbox-api-server.ts';
import type { KubeObject } from '../support/api-client.ts';
import { primusLensEntry } from '../support/entries.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { SecretEditor } from '../support/secret-editor.ts';

/** Short times, so that a fault and its end can be watched in seconds. */
const QUICK_SETTINGS = { MCCE_SYNC_INTERVAL: '1s', MCCE_READ_TIMEOUT: '700ms', MCCE_LOG_LEVEL: 'debug' };

const AGGREGATE = 'multi-storage-config';

/** A registry for an exporter that is not of one mind with the other. */
export const OTHER_REGISTRY = 'other-registry';

/** What a cluster's key holds after its source got a text. */
export function valueOf(text: string): string {
  return JSON.stringify({ opensearch: Buffer.from(text).toString('base64') });
}

/**
 * A sandbox hub with clusters that can be told to fail, the built exporter beside them, and a record of every state that the
 * aggregate was ever in.
 */
export class FaultRig {
  readonly hub: SandboxApiServer;
  readonly registry: SecretEditor;
  /** The aggregate's parts; as a rule there is one. */
  readonly parts: readonly [SecretEditor, ...SecretEditor[]];
  /** Every state of the aggregate since the start, all parts together, as texts by key; undefined where the only part was deleted. */
  readonly history: (ReadonlyMap<string, string> | undefined)[] = [];
  private readonly states = new Map<string, ReadonlyMap<string, string>>();
  private readonly clusters = new Map<string, SandboxApiServer>();
  private readonly exporters: ExporterProcess[] = [];
  private readonly hubToken = randomBytes(24).toString('hex');
  private readonly partNames: readonly string[];

  private constructor(hub: SandboxApiServer, parts: number) {
    this.hub = hub;
    this.registry = new SecretEditor(hub.admin, 'multi-k8s-config');
    const further = Array.from({ length: parts - 1 }, (_, index) => `${AGGREGATE}-${index + 1}`);
    this.partNames = [AGGREGATE, ...further];
    const editor = (name: string) => new SecretEditor(hub.admin, name);
    this.parts = [editor(AGGREGATE), ...further.map(editor)];
    hub.store.subscribe((change) => this.remember(change));
    this.allowExporter();
  }

  /** Starts the hub and clusters, each with a source that holds its own name and a `1`; all are in the registry. */
  static async start(
    names: readonly string[],
    options: SandboxOptions = {},
    { parts = 1 } = {},
  ): Promise<FaultRig> {
    const rig = new FaultRig(await SandboxApiServer.start('hub', options), parts);
    const entries: Record<string, string> = {};
    for (const name of names) {
      rig.clusters.set(name, await SandboxApiServer.start(name));
      await rig.source(name).create({ opensearch: `${name} 1` });
      entries[name] = rig.entry(name);
    }
    await rig.registry.create(entries);
    return rig;
  }

  /** The rights of the documented Role. Without them the hub answers 403. */
  allowExporter(
    verbsOnAggregate: readonly string[] = ['list', 'watch', 'create', 'patch'],
    also: readonly Rule[] = [],
  ): void {
    this.hub.authorizer.addUser(this.hubToken, [
      ...also,
      { verbs: ['list', 'watch'], resource: 'secrets', names: ['multi-k8s-config', OTHER_REGISTRY] },
      { verbs: verbsOnAggregate, resource: 'secrets', names: this.partNames },
      {
        verbs: ['list', 'watch', 'create', 'patch'],
        resource: 'leases',
        names: ['multi-cluster-config-exporter'],
      },
    ]);
  }

  /** The rights of the documented Role, and these, which an extension needs. */
  allowAlso(rules: readonly Rule[]): void {
    this.allowExporter(undefined, rules);
  }

  /** The first part of the aggregate. */
  get aggregate(): SecretEditor {
    return this.parts[0];
  }

  /** How often the aggregate has changed since the start, by whomever. */
  get writes(): number {
    return this.history.length;
  }

  /** Starts an exporter; it may not be ready then. */
  async startExporter(
    settings: Record<string, string> = {},
    options: { program?: string; resolvConf?: string | undefined } = {},
  ): Promise<ExporterProcess> {
    const access = { server: this.hub.url, ca: this.hub.authority.cert, token: this.hubToken };
    const exporter = await ExporterProcess.start(access, { ...QUICK_SETTINGS, ...settings }, options);
    this.exporters.push(exporter);
    return exporter;
  }

  cluster(name: string): SandboxApiServer {
    const server = this.clusters.get(name);
    if (!server) throw new Error(`the rig has no cluster ${name}`);
    return server;
  }

  source(name: string): SecretEditor {
    return new SecretEditor(this.cluster(name).admin, 'storage-config');
  }

  /** An entry with a fresh token. */
  entry(name: string): string {
    const server = this.cluster(name);
    const token = randomBytes(24).toString('hex');
    server.authorizer.addUser(token, [
      { verbs: ['get', 'list', 'watch'], resource: 'secrets', names: ['storage-config'] },
    ]);
    return primusLensEntry({ server: server.url, ca: server.authority.cert, token });
  }

  /** The values that a key ever had, each once, in order; `undefined` where it was missing after it had been there. */
  valuesOf(name: string): (string | undefined)[] {
    const values = this.history.map((state) => state?.get(name));
    const first = values.findIndex((value) => value !== undefined);
    return first < 0
      ? []
      : values.slice(first).filter((value, index, all) => index === 0 || value !== all[index - 1]);
  }

  async stop(): Promise<void> {
    for (const exporter of this.exporters) await exporter.stop('SIGKILL');
    await Promise.all([this.hub, ...this.clusters.values()].map((server) => server.stop()));
  }

  private remember({ type, object }: Change): void {
    const name = object.metadata?.name ?? '';
    if (!this.partNames.includes(name)) return;
    const before = this.states.get(name) ?? new Map();
    const after = type === 'DELETED' ? new Map() : textsOf(object);
    this.states.set(name, after);
    if (this.parts.length === 1) {
      this.history.push(type === 'DELETED' ? undefined : after);
      return;
    }
    // While a key moves, two parts hold it: the newest write counts.
    const all = new Map(this.history.at(-1));
    for (const key of before.keys()) if (!after.has(key)) all.delete(key);
    for (const state of this.states.values())
      for (const [key, value] of state) if (!all.has(key)) all.set(key, value);
    for (const [key, value] of after) if (value !== before.get(key)) all.set(key, value);
    this.history.push(all);
  }
}

function textsOf({ data = {} }: KubeObject): Map<string, string> {
  return new Map(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
