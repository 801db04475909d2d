import { setTimeout as delay } from 'node:timers/promises';
import { CONFIRM_REMOVAL_ANNOTATION } from '../../cluster-config/registries/registry-source.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { SecretClient, type SecretEdit } from '../../kube/objects/secret-client.ts';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { removalDigest } from '../../storage-sync/keeping/removal-guard.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import type { Hub } from '../hub.ts';
import { attempt, MCCE_FIELD_MANAGER, REQUEST_TIMEOUT_MS, unless } from '../requests.ts';
import { EntryChangedError } from './entry-changed.error.ts';
import { RegistryUncertainError } from './registry-uncertain.error.ts';

/** How often somebody else may be faster, or the hub leave us without an answer. */
const MAX_TRIES = 10;
const PAUSE_MS = 500;

/** `uncertain`: it had no answer, so it may have been carried out, or may yet be. */
type WriteOutcome = 'written' | 'outrun' | 'uncertain';

/**
 * Changes one entry of the registry and no other. Every write holds only if the registry is still as it was seen; when somebody
 * else wrote in between, or nobody knows what became of the write, it is looked at and decided again.
 */
export class RegistryEditor {
  private readonly client: SecretClient;
  private readonly namespace: string;
  private readonly where: string;

  constructor({ client, refs: { registry } }: Pick<Hub, 'client' | 'refs'>) {
    this.client = new SecretClient(client, registry, MCCE_FIELD_MANAGER);
    this.namespace = registry.namespace;
    this.where = `${registry.namespace}/${registry.name}`;
  }

  /**
   * The entry of a cluster as it is.
   *
   * @throws CommandFailedError when the registry has none
   */
  async entry(name: string): Promise<string> {
    const encoded = (await this.read())?.data.get(name);
    if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8');
    throw new CommandFailedError(
      `The registry has no cluster ${name}. \`mcce cluster list\` shows those that it has, \`mcce cluster add\` adds one.`,
    );
  }

  /** The registry as it is; undefined when it does not exist. @throws CommandFailedError */
  async read(): Promise<SecretSnapshot | undefined> {
    return await attempt(`Reading the registry ${this.where} on the hub`, this.get());
  }

  /**
   * Writes the entry of a cluster, or removes it. What it was once decided to be counts as done when it is there.
   *
   * @param decide what the entry should be, given what it is, both as text; null removes it. What it throws ends the change
   * @throws CommandFailedError nothing was written
   * @throws RegistryUncertainError
   */
  async edit(name: string, decide: (current: string | undefined) => string | null): Promise<void> {
    let sent: string | null | undefined;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const registry = await this.look(sent !== undefined);
      const encoded = registry?.data.get(name);
      const current = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
      if (sent !== undefined && (current ?? null) === sent) return;
      const wanted = decide(current);
      const outcome = await attempt(
        `Writing the registry ${this.where} on the hub`,
        this.write(registry, name, wanted),
      );
      if (outcome === 'written') return;
      if (outcome === 'uncertain') {
        sent = wanted;
        await delay(PAUSE_MS);
      }
    }
    if (sent !== undefined) throw new RegistryUncertainError(this.where);
    throw new CommandFailedError(`The registry ${this.where} is being changed all the time; try again.`);
  }

  /**
   * Writes the entry of a cluster, or removes it, if it is still as it was seen.
   *
   * @throws EntryChangedError
   */
  async replace(name: string, seen: string | undefined, wanted: string | null): Promise<void> {
    await this.edit(name, (current) => {
      if (current === seen) return wanted;
      throw new EntryChangedError(`the entry ${name}`);
    });
  }

  /**
   * Confirms the removal of clusters that have left the registry.
   *
   * @param digest of their names
   * @throws EntryChangedError when the registry was changed since it was read
   */
  async confirmRemoval({ resourceVersion }: SecretSnapshot, digest: string): Promise<void> {
    const limits = { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) };
    const edit = { annotations: { [CONFIRM_REMOVAL_ANNOTATION]: digest } };
    const writing = this.client.edit(edit, resourceVersion, limits).catch((error: unknown) => {
      if (!(error instanceof KubeRequestError && error.status === 409)) throw error;
      throw new EntryChangedError('the registry');
    });
    await attempt(`Writing the registry ${this.where} on the hub`, writing);
  }

  private async look(uncertain: boolean): Promise<SecretSnapshot | undefined> {
    try {
      return await this.read();
    } catch (cause) {
      if (uncertain) throw new RegistryUncertainError(this.where, { cause });
      throw cause;
    }
  }

  private async get(): Promise<SecretSnapshot | undefined> {
    return await unless('not_found', this.client.get(AbortSignal.timeout(REQUEST_TIMEOUT_MS)));
  }

  private async write(
    registry: SecretSnapshot | undefined,
    name: string,
    wanted: string | null,
  ): Promise<WriteOutcome> {
    const limits = { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) };
    const encoded = wanted === null ? null : Buffer.from(wanted).toString('base64');
    try {
      if (registry)
        await this.client.edit(entryEdit(registry, name, encoded), registry.resourceVersion, limits);
      else if (encoded !== null) await this.client.create(new Map([[name, encoded]]), limits);
      return 'written';
    } catch (error) {
      if (!(error instanceof KubeRequestError)) throw error;
      if (error.status === undefined || error.status >= 500) return 'uncertain';
      if (error.status === 409) return 'outrun';
      if (error.status !== 404) throw error;
      // It was deleted in between; or there is nothing to create it in.
      if (registry) return 'outrun';
      throw new CommandFailedError(
        `The namespace ${this.namespace} does not exist on the hub; create it, or give another by -n.`,
        { cause: error },
      );
    }
  }
}

/** An operator who removes an entry here means it, so the exporter need not hold its key. */
function entryEdit({ annotations }: SecretSnapshot, name: string, encoded: string | null): SecretEdit {
  const data = new Map([[name, encoded]]);
  if (encoded !== null) return { data };
  const digest = removalDigest([name], annotations.get(CONFIRM_REMOVAL_ANNOTATION));
  return { data, annotations: { [CONFIRM_REMOVAL_ANNOTATION]: digest } };
}
