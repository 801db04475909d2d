import { KubeRequestError } from '../../kube/kube-request.error.ts';
import { SecretClient } from '../../kube/secret-client.ts';
import type { SecretSnapshot } from '../../kube/secret-snapshot.ts';
import { attempt } from '../attempt.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import type { Hub } from '../hub.ts';
import { REQUEST_TIMEOUT_MS } from '../kube-objects.ts';

/** How often somebody else may be faster. */
const MAX_TRIES = 10;

/**
 * Changes one entry of the registry and no other. Every write holds only if the registry is still as it was seen; when somebody
 * else wrote in between, the change is decided anew.
 */
export class RegistryEditor {
  private readonly client: SecretClient;
  private readonly where: string;

  constructor({ client, refs: { registry } }: Pick<Hub, 'client' | 'refs'>) {
    this.client = new SecretClient(client, registry);
    this.where = `${registry.namespace}/${registry.name}`;
  }

  /** The registry as it is; undefined when it does not exist. @throws CommandFailedError */
  async read(): Promise<SecretSnapshot | undefined> {
    return await attempt(`Reading the registry ${this.where} on the hub`, this.get());
  }

  /**
   * Writes the entry of a cluster, or removes it.
   *
   * @param decide what the entry shall be, given what it is, both as text; null removes it. What it throws ends the change
   * @throws CommandFailedError
   */
  async edit(name: string, decide: (current: string | undefined) => string | null): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const registry = await this.read();
      const current = registry?.data.get(name);
      const wanted = decide(
        current === undefined ? undefined : Buffer.from(current, 'base64').toString('utf8'),
      );
      const encoded = wanted === null ? null : Buffer.from(wanted).toString('base64');
      if (await attempt(`Writing the registry ${this.where} on the hub`, this.write(registry, name, encoded)))
        return;
    }
    throw new CommandFailedError(`The registry ${this.where} is being changed all the time; try again.`);
  }

  private async get(): Promise<SecretSnapshot | undefined> {
    try {
      return await this.client.get(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    } catch (error) {
      if (error instanceof KubeRequestError && error.reason === 'not_found') return undefined;
      throw error;
    }
  }

  /** @returns false when somebody else was faster */
  private async write(
    registry: SecretSnapshot | undefined,
    name: string,
    encoded: string | null,
  ): Promise<boolean> {
    const limits = { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) };
    try {
      if (registry) await this.client.editKeys(new Map([[name, encoded]]), registry.resourceVersion, limits);
      else if (encoded !== null) await this.client.create(new Map([[name, encoded]]), limits);
      return true;
    } catch (error) {
      // 404: it was deleted in between.
      if (error instanceof KubeRequestError && (error.status === 409 || error.status === 404)) return false;
      throw error;
    }
  }
}
