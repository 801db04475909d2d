import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { HubClient } from '../../../kube/hub-client.ts';
import { KubeRequestError } from '../../../kube/kube-request.error.ts';
import type { WriteLimits } from '../../../kube/object-client.ts';
import { SecretClient } from '../../../kube/secret-client.ts';
import { ObjectRefs } from '../../../kube/object-refs.ts';
import type { SecretSnapshot } from '../../../kube/secret-snapshot.ts';
import type { Term } from '../../../leader-election/leadership.ts';
import { type Aggregate, MANAGED_BY, MANAGED_BY_LABEL, SECRET_LIMIT_BYTES } from './aggregate.ts';
import { AggregateWriter } from './aggregate-writer.ts';
import { HeldAggregate } from './held-aggregate.ts';
import type { SourceContent } from '../../keeping/source-content.ts';
import { AggregateWriteEvent } from '../../storage-sync.events.ts';

/** For one write; a stop waits for it, then for the Lease, and has 10 s in all. */
const WRITE_TIMEOUT_MS = 6_000;

/** Writes the aggregate to the hub: what we want by server-side apply, then what is left of others goes. */
@Injectable()
export class KubeAggregateWriter extends AggregateWriter {
  private readonly client: SecretClient;

  constructor(
    hub: HubClient,
    refs: ObjectRefs,
    private readonly held: HeldAggregate,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(KubeAggregateWriter.name) private readonly logger: PinoLogger,
  ) {
    super();
    this.client = new SecretClient(hub, refs.aggregate);
  }

  override async write(
    aggregate: Aggregate,
    published: ReadonlyMap<string, SourceContent>,
    term: Term,
  ): Promise<void> {
    const held = this.held.secret;
    const startedAt = performance.now();
    const signal = AbortSignal.any([term.signal, AbortSignal.timeout(WRITE_TIMEOUT_MS)]);
    const permit = () => term.permit();
    try {
      this.held.written(await this.applyAndTidy(aggregate, held, { signal, permit }));
      this.tell('ok');
    } catch (error) {
      const outrun = error instanceof KubeRequestError && (error.status === 409 || error.status === 404);
      this.tell(outrun ? 'conflict' : 'error');
      if (outrun) await this.held.refresh(signal);
      if (error instanceof KubeRequestError && error.status === undefined) term.writeMayStillArrive();
      throw error;
    }
    this.logWrite(aggregate, held, published, performance.now() - startedAt);
  }

  private async applyAndTidy(
    aggregate: Aggregate,
    current: SecretSnapshot | undefined,
    limits: WriteLimits,
  ): Promise<SecretSnapshot> {
    const { annotations, contents } = aggregate;
    const held = current && (await this.makeRoom(aggregate, current, limits));
    const applied = await this.client.apply(
      {
        ...(held && { resourceVersion: held.resourceVersion }),
        labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
        annotations,
        data: new Map([...contents].map(([name, { encoded }]) => [name, encoded])),
      },
      limits,
    );
    // Apply leaves the keys that somebody else owns as well: a predecessor's, or a hand's.
    const surplus = [...applied.data.keys()].filter((name) => !contents.has(name)).toSorted();
    if (surplus.length === 0) return applied;
    return await this.client.removeKeys(surplus, applied.resourceVersion, limits);
  }

  /** Keys that shall go may leave no room for those that shall come. Then they go first. */
  private async makeRoom(
    { contents, bytes }: Aggregate,
    held: SecretSnapshot,
    limits: WriteLimits,
  ): Promise<SecretSnapshot> {
    const surplus = [...held.data].filter(([name]) => !contents.has(name));
    const surplusBytes = surplus.reduce((sum, [, encoded]) => sum + Buffer.byteLength(encoded, 'base64'), 0);
    if (surplusBytes === 0 || bytes + surplusBytes <= SECRET_LIMIT_BYTES) return held;
    const names = surplus.map(([name]) => name);
    return await this.client.removeKeys(names, held.resourceVersion, limits);
  }

  private tell(result: AggregateWriteEvent['result']): void {
    this.events.emit(AggregateWriteEvent.eventName, new AggregateWriteEvent(result));
  }

  private logWrite(
    { contents, bytes }: Aggregate,
    held: SecretSnapshot | undefined,
    published: ReadonlyMap<string, SourceContent>,
    durationMs: number,
  ): void {
    const removed = [...(held?.data.keys() ?? [])].filter((name) => !contents.has(name)).toSorted();
    const foreign = removed.filter((name) => !published.has(name));
    const changed = [...contents]
      .filter(([name, { encoded }]) => held?.data.get(name) !== encoded)
      .map(([name]) => name);
    this.logger.info(
      { created: !held, changed, removed, keys: contents.size, bytes, durationMs: Math.round(durationMs) },
      'aggregate written',
    );
    if (foreign.length > 0) this.logger.warn({ keys: foreign }, 'foreign keys removed from the aggregate');
  }
}
