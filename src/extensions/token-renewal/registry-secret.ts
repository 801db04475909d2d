import { Injectable } from '@nestjs/common';
import PQueue from 'p-queue';
import {
  HubClient,
  KubeRequestError,
  ObjectRefs,
  SecretClient,
  type SecretSnapshot,
  type Term,
  withTimeLimit,
} from '../../index.ts';

/** A stop waits for a write, then for the Lease, and has 10 s in all. Milliseconds. */
const TIMEOUT_MS = 6_000;
/** Somebody else who writes all the time may win so often. */
const TRIES = 10;

/** What became of an entry that was to be replaced. */
export type Replacement = 'replaced' | 'changed_meanwhile';

/** The registry Secret, as somebody who writes single entries sees it. */
@Injectable()
export class RegistrySecret {
  private readonly client: SecretClient;
  /** One write after the other: each needs the version that the one before it made. */
  private readonly writes = new PQueue({ concurrency: 1 });
  private seen: SecretSnapshot | undefined;

  constructor(hub: HubClient, { registry }: ObjectRefs) {
    this.client = new SecretClient(hub, registry);
  }

  /** Its entries, base64 text by name. @throws KubeRequestError */
  async read(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    // A list, since that is what the Role of the exporter grants.
    const { object } = await withTimeLimit(TIMEOUT_MS, signal, (limited) => this.client.list(limited));
    this.seen = object;
    return object?.data ?? new Map<string, string>();
  }

  /**
   * Writes one entry, if it still is what it was: one merge patch of one key, on the version that was seen. Where somebody else wrote in
   * between, the registry is read again.
   *
   * @throws KubeRequestError
   */
  async replace(
    name: string,
    before: string,
    after: string,
    term: Term,
    signal: AbortSignal,
  ): Promise<Replacement> {
    return await this.writes.add(() => this.replaceNow(name, before, after, term, signal));
  }

  private async replaceNow(
    name: string,
    before: string,
    after: string,
    term: Term,
    signal: AbortSignal,
  ): Promise<Replacement> {
    for (let tries = 1; ; tries++) {
      const { seen } = this;
      if (seen?.data.get(name) !== before) return 'changed_meanwhile';
      try {
        const data = new Map([[name, after]]);
        const { resourceVersion } = await withTimeLimit(TIMEOUT_MS, signal, (limited) =>
          this.client.edit({ data }, seen.resourceVersion, { signal: limited, permit: () => term.permit() }),
        );
        this.seen = { ...seen, resourceVersion, data: new Map(seen.data).set(name, after) };
        return 'replaced';
      } catch (error) {
        if (!(error instanceof KubeRequestError)) throw error;
        if (error.status === undefined) term.writeMayStillArrive();
        if (error.status !== 409 || tries === TRIES) throw error;
        await this.read(signal);
      }
    }
  }
}
