import { diffRegistry, type JudgedEntry, NOTHING_KNOWN } from '../../cluster-config/registry-diff.ts';
import type { RequestCredentials } from '../../kube/http/api-server-target.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import type { ObjectList } from '../../kube/objects/object-client.ts';
import type { ObjectRefs } from '../../kube/hub/object-refs.ts';
import { SecretClient } from '../../kube/objects/secret-client.ts';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { checkWritable } from '../../storage-sync/publishing/aggregate/aggregate-not-writable.error.ts';
import { accessHub, type Hub, type HubAccess, openHub, settingsDoubt } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { NEARLY_FULL, SECRET_LIMIT_BYTES } from '../../storage-sync/publishing/aggregate/secret-size.ts';
import { authenticate, hubPermission } from './permissions.ts';
import { failed, failedBy, type Finding, good, warning } from './finding.ts';
import { networkSteps } from './network-steps.ts';
import type { Step } from './step-runner.ts';

interface Opened extends HubAccess {
  /** As they were when it was opened. */
  readonly asked: RequestCredentials;
}

/** Tries the hub, step by step, and keeps what it finds: the clusters are checked with it. */
export class HubCheck {
  readonly steps: readonly Step[];
  /** Undefined: it could not be listed. */
  registry: ObjectList<SecretSnapshot> | undefined;
  /** Undefined: it was not listed. */
  aggregate: ObjectList<SecretSnapshot> | undefined;
  private hub: Opened | undefined;
  private found: Hub | undefined;

  constructor(private readonly invocation: Pick<Invocation, 'options' | 'terminal'>) {
    this.steps = [
      { name: 'kubeconfig', run: (signal) => this.open(signal) },
      ...networkSteps(() => this.route()),
      { name: 'authentication', run: (signal) => this.authenticate(signal) },
      { name: 'settings', run: () => this.findSettings() },
      { name: 'permission', run: (signal) => hubPermission(known(this.found), signal) },
      { name: 'registry', run: (signal) => this.checkRegistry(signal) },
      { name: 'aggregate', run: (signal) => this.checkAggregate(signal) },
      { name: 'room', run: () => room(this.registry?.object, this.aggregate?.object) },
    ];
  }

  /** The address as it may be shown; undefined before it is known. */
  get server(): string | undefined {
    return this.hub?.credentials.server.origin;
  }

  /** Undefined: the hub could not be asked for them. */
  get setup(): Hub | undefined {
    return this.found;
  }

  /** The entries of the registry with our verdicts, sorted by name. */
  get entries(): JudgedEntry[] {
    if (!this.found) return [];
    const data = this.registry?.object?.data ?? new Map<string, string>();
    const { added, rejected } = diffRegistry(NOTHING_KNOWN, data, this.found.settings);
    return [...added, ...rejected].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Reads what a failed step kept us from reading, since the clusters can be checked all the same. */
  async readOn(limitMs: number): Promise<void> {
    if (!this.found) return;
    const { registry, aggregate } = this.found.refs;
    const tryTo = (ref: ObjectRefs['registry']) =>
      this.list(ref, AbortSignal.timeout(limitMs)).catch(() => undefined);
    this.registry ??= await tryTo(registry);
    this.aggregate ??= this.registry && (await tryTo(aggregate));
  }

  async close(): Promise<void> {
    await this.hub?.client.close();
  }

  private async open(signal: AbortSignal): Promise<Finding> {
    const access = accessHub(this.invocation);
    this.hub = { ...access, asked: await access.credentials.credentials(signal) };
    return good(`context ${access.kubeConfig.getCurrentContext()}`);
  }

  private route() {
    const { credentials, asked } = known(this.hub);
    const { server, proxy } = credentials;
    return { server, ...(proxy && { proxy }), tls: asked.tls, place: 'kubeconfig' } as const;
  }

  private async authenticate(signal: AbortSignal): Promise<Finding> {
    const { client, namespace } = known(this.hub);
    try {
      await authenticate(client, namespace, signal);
      return good();
    } catch (error) {
      if (!(error instanceof KubeRequestError && error.reason === 'unauthorized')) throw error;
      return failedBy(error, { remedy: 'Log in again, or renew the credentials in the kubeconfig.' });
    }
  }

  private async findSettings(): Promise<Finding> {
    this.found = await openHub(this.invocation, known(this.hub));
    const doubt = settingsDoubt(this.found);
    return doubt === undefined ? good() : warning(doubt);
  }

  private async checkRegistry(signal: AbortSignal): Promise<Finding> {
    const { registry } = known(this.found).refs;
    const where = `${registry.namespace}/${registry.name}`;
    this.registry = await this.list(registry, signal);
    if (!this.registry.object)
      return failed(
        `The registry does not exist: there is no Secret ${where}.`,
        'Create it by adding a cluster (mcce cluster add), or give its namespace by -n.',
      );
    const entries = this.entries;
    const refused = entries.filter(({ verdict }) => 'refused' in verdict).length;
    if (entries.length === 0)
      return failed(`The registry ${where} is empty.`, 'Add a cluster: mcce cluster add.');
    if (refused === entries.length)
      return failed(
        `Every entry of the registry ${where} is refused.`,
        'Correct them; what is wrong stands at each below.',
      );
    if (refused > 0) return warning(`Refused: ${refused} of ${entries.length} entries; see below.`);
    return good(`${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`);
  }

  private async checkAggregate(signal: AbortSignal): Promise<Finding> {
    const { aggregate } = known(this.found).refs;
    this.aggregate = await this.list(aggregate, signal);
    if (!this.aggregate.object) return good('It does not exist yet; the exporter creates it.');
    checkWritable(aggregate, this.aggregate.object);
    return good();
  }

  private async list(ref: ObjectRefs['registry'], signal: AbortSignal): Promise<ObjectList<SecretSnapshot>> {
    return await new SecretClient(known(this.hub).client, ref).list(signal);
  }
}

/** What an earlier step found; the steps after a failed one are not tried. */
function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a step was tried before the one that it builds on');
  return value;
}

/** How full the two Secrets are. */
function room(registry: SecretSnapshot | undefined, aggregate: SecretSnapshot | undefined): Finding {
  const [ofRegistry, ofAggregate] = [registry, aggregate].map((secret) => bytesOf(secret)) as [
    number,
    number,
  ];
  const message = `aggregate: ${fullness(ofAggregate)}; registry: ${fullness(ofRegistry)}`;
  return Math.max(ofRegistry, ofAggregate) >= NEARLY_FULL * SECRET_LIMIT_BYTES
    ? warning(
        message,
        'Make sources smaller, and remove entries of clusters that are gone; what does not fit is not published.',
      )
    : good(message);
}

function bytesOf(secret: SecretSnapshot | undefined): number {
  return [...(secret?.data.values() ?? [])].reduce(
    (sum, value) => sum + Buffer.byteLength(value, 'base64'),
    0,
  );
}

function fullness(bytes: number): string {
  const kib = (size: number) => `${Math.ceil(size / 1024)} KiB`;
  return `${kib(bytes)} of ${kib(SECRET_LIMIT_BYTES)} (${Math.floor((bytes / SECRET_LIMIT_BYTES) * 100)}%)`;
}
