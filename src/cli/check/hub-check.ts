import { judgeEntries, type JudgedEntry } from '../../cluster-config/registries/judge-entries.ts';
import type { RequestCredentials } from '../../kube/http/api-server-target.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import type { ObjectList } from '../../kube/objects/object-client.ts';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import { SecretClient } from '../../kube/objects/secret-client.ts';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import {
  foreignPart,
  foreignParts,
  partsProblem,
} from '../../storage-sync/publishing/aggregate/aggregate-parts.error.ts';
import { checkWritable } from '../../storage-sync/publishing/aggregate/aggregate-not-writable.error.ts';
import { accessHub, type Hub, type HubAccess, openHub, settingsDoubt } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { NEARLY_FULL, SECRET_LIMIT_BYTES } from '../../kube/objects/secret-limit.ts';
import { authenticate, hubPermission } from './permissions.ts';
import { failed, failedBy, type Finding, good, warning } from './finding.ts';
import { networkSteps } from './network-steps.ts';
import type { Step } from './step-runner.ts';

interface Opened extends HubAccess {
  /** As they were when it was opened. */
  readonly asked: RequestCredentials;
}

interface AggregatePart {
  readonly ref: ObjectRef;
  /** Undefined: it does not exist. */
  readonly secret: SecretSnapshot | undefined;
}

/** Tries the hub, step by step, and keeps what it finds: the clusters are checked with it. */
export class HubCheck {
  readonly steps: readonly Step[];
  /** Undefined: it could not be listed. */
  registry: ObjectList<SecretSnapshot> | undefined;
  /** Undefined: it was not listed. */
  private aggregate: readonly AggregatePart[] | undefined;
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
      { name: 'room', run: () => room(this.registry?.object, this.aggregate) },
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
    return judgeEntries(data, this.found.settings);
  }

  /** Reads what a failed step kept us from reading, since the clusters can be checked anyway. */
  async readOn(limitMs: number): Promise<void> {
    if (!this.found) return;
    this.registry ??= await this.list(this.found.refs.registry, AbortSignal.timeout(limitMs)).catch(
      () => undefined,
    );
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
    const { aggregateParts } = known(this.found).refs;
    this.aggregate = await Promise.all(
      aggregateParts.map(async (ref) => ({ ref, secret: (await this.list(ref, signal)).object })),
    );
    const problem = partsProblem(this.aggregate);
    if (problem) throw problem;
    const [stolen] = [...foreignParts(this.aggregate, () => false)].map((index) => aggregateParts[index]);
    if (stolen) throw foreignPart(stolen);
    for (const { ref, secret } of this.aggregate) if (secret) checkWritable(ref, secret);
    const [first] = this.aggregate;
    return first?.secret ? good() : good('It does not exist yet; the exporter creates it.');
  }

  private async list(ref: ObjectRef, signal: AbortSignal): Promise<ObjectList<SecretSnapshot>> {
    return await new SecretClient(known(this.hub).client, ref).list(signal);
  }
}

/** What an earlier step found; the steps after a failed one are not tried. */
function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a step was tried before the one that it builds on');
  return value;
}

/** How full registry and aggregate are, each part of it by itself: a key fits into one of them, or into none. */
function room(registry: SecretSnapshot | undefined, aggregate: readonly AggregatePart[] = []): Finding {
  const ofRegistry = bytesOf(registry);
  const ofParts = aggregate.map(({ secret }) => bytesOf(secret));
  const message = `aggregate: ${ofParts.map(fullness).join(', ')}; registry: ${fullness(ofRegistry)}`;
  const nearlyFull = NEARLY_FULL * SECRET_LIMIT_BYTES;
  // While one part has room, the aggregate has.
  return ofRegistry >= nearlyFull || ofParts.every((bytes) => bytes >= nearlyFull)
    ? warning(
        message,
        'Make sources smaller, allow more parts (MCCE_AGGREGATE_PARTS), and remove entries of clusters that are gone; what does not fit is not published.',
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
