import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ClusterRegistry } from '../cluster-config/cluster-registry.ts';
import { ExporterError } from '../errors/exporter.error.ts';
import { Backoff } from '../kube/backoff.ts';
import { HubClient } from '../kube/hub-client.ts';
import { KubeRequestError } from '../kube/kube-request.error.ts';
import { SecretClient } from '../kube/secret-client.ts';
import { SecretRefs } from '../kube/secret-refs.ts';
import type { SecretSnapshot } from '../kube/secret-snapshot.ts';
import {
  type Aggregate,
  buildAggregate,
  isPublished,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  SECRET_LIMIT_BYTES,
} from './aggregate.ts';
import { AggregateNotWritableError } from './aggregate-not-writable.error.ts';
import { ClusterStates } from './cluster-states.ts';
import { HeldAggregate } from './held-aggregate.ts';
import { restoreContent, type SourceContent } from './source-content.ts';

/** How the newest publication went. */
export interface PublicationStatus {
  /**
   * `waiting`: for the first look at registry and aggregate. `held`: the registry names no usable cluster, so the
   * aggregate is left alone. `published`: the hub holds what it shall. `failing`: it does not, and we keep trying.
   */
  state: 'waiting' | 'held' | 'published' | 'failing';
  since: Date;
  /** Why it fails, with the remedy. */
  message?: string;
  lastWrite?: Date;
  keys: number;
  bytes: number;
  limitBytes: number;
  /** Clusters whose newest content does not fit. */
  tooLarge: readonly string[];
}

/** Requests that arrive within this time become one write. Milliseconds. */
const COALESCE_MS = 50;
/** For one write; a stop waits for it, and has 10 s in all. */
const WRITE_TIMEOUT_MS = 8_000;
/** Share of the limit from which on we warn. */
const NEARLY_FULL = 0.8;
/** Node's timers hold no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Keeps the aggregate on the hub as it shall be, and is the only one that writes it. Whoever changes or sees something
 * calls {@link request}; what to write is worked out anew from the states each time, so no request can be lost and none
 * is too many. It never waits for a reading.
 */
@Injectable()
export class AggregatePublisher {
  private readonly client: SecretClient;
  private readonly backoff = new Backoff();
  /** What was last in the aggregate and valid. */
  private published: ReadonlyMap<string, SourceContent> | undefined;
  private requested = false;
  private draining: Promise<void> | undefined;
  private stopping = new AbortController();
  private expiry: NodeJS.Timeout | undefined;
  private nearlyFull = false;
  private current: PublicationStatus = {
    state: 'waiting',
    since: new Date(),
    keys: 0,
    bytes: 0,
    limitBytes: SECRET_LIMIT_BYTES,
    tooLarge: [],
  };

  constructor(
    hub: HubClient,
    private readonly refs: SecretRefs,
    private readonly registry: ClusterRegistry,
    private readonly states: ClusterStates,
    private readonly held: HeldAggregate,
    @InjectPinoLogger(AggregatePublisher.name) private readonly logger: PinoLogger,
  ) {
    this.client = new SecretClient(hub, refs.aggregate);
  }

  get status(): Readonly<PublicationStatus> {
    return this.current;
  }

  /** Asks for the aggregate to be brought up to date, soon. Never fails. */
  request(): void {
    this.requested = true;
    if (this.draining || this.stopping.signal.aborted) return;
    this.draining = this.drain().finally(() => {
      this.draining = undefined;
      if (this.requested) this.request();
    });
  }

  /** Resolves when a write under way has ended; nothing is written afterwards. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.expiry);
    await this.draining;
  }

  private async drain(): Promise<void> {
    const { signal } = this.stopping;
    let pauseMs = COALESCE_MS;
    while (this.requested && !signal.aborted) {
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      this.requested = false;
      try {
        await this.publish();
        this.backoff.reset();
        pauseMs = COALESCE_MS;
      } catch (error) {
        this.failed(error);
        this.requested = true;
        pauseMs = this.backoff.next();
      }
    }
  }

  private async publish(): Promise<void> {
    if (!this.held.known || this.registry.view.state === 'unknown') return;
    if (this.registry.view.state !== 'present') {
      this.hold();
      return;
    }
    this.published ??= restorePublished(this.held.secret);
    this.scheduleExpiry(this.states.expire());
    const aggregate = buildAggregate(this.states.all.values(), this.published);
    this.checkSize(aggregate);

    const { secret } = this.held;
    // Nothing was ever read well and nothing is there: an empty Secret would only wake readers.
    const nothingYet = !secret && aggregate.contents.size === 0;
    if (!nothingYet && !(secret && isPublished(aggregate, secret))) await this.write(aggregate, secret);
    this.published = aggregate.contents;
    this.succeeded(aggregate);
  }

  /** Without a usable registry the aggregate stays as it is. Whoever then deletes it wants it gone. */
  private hold(): void {
    if (!this.held.secret) this.states.forgetContents();
    this.published = undefined;
    this.update('held');
  }

  private async write(aggregate: Aggregate, held: SecretSnapshot | undefined): Promise<void> {
    if (held?.immutable) throw new AggregateNotWritableError(this.refs.aggregate, 'immutable');
    if (held && held.type !== 'Opaque')
      throw new AggregateNotWritableError(this.refs.aggregate, 'not of type Opaque');

    const startedAt = performance.now();
    const signal = AbortSignal.timeout(WRITE_TIMEOUT_MS);
    try {
      let written = await this.client.apply(
        {
          ...(held && { resourceVersion: held.resourceVersion }),
          labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
          annotations: aggregate.annotations,
          data: new Map([...aggregate.contents].map(([name, { encoded }]) => [name, encoded])),
        },
        signal,
      );
      // Apply leaves the keys that somebody else owns as well: a predecessor's, or a hand's.
      const surplus = [...written.data.keys()].filter((name) => !aggregate.contents.has(name)).toSorted();
      if (surplus.length > 0)
        written = await this.client.removeKeys(surplus, written.resourceVersion, signal);
      this.held.written(written);
      this.logWrite(aggregate, held, performance.now() - startedAt);
    } catch (error) {
      // Somebody else wrote or deleted it. The next try starts from what the hub holds now.
      if (error instanceof KubeRequestError && (error.status === 409 || error.status === 404)) {
        await this.held.refresh(signal);
      }
      throw error;
    }
    this.current.lastWrite = new Date();
  }

  private logWrite(aggregate: Aggregate, held: SecretSnapshot | undefined, durationMs: number): void {
    const { contents, bytes } = aggregate;
    const removed = [...(held?.data.keys() ?? [])].filter((name) => !contents.has(name)).toSorted();
    const foreign = removed.filter((name) => !this.published?.has(name));
    const changed = [...contents]
      .filter(([name, { encoded }]) => held?.data.get(name) !== encoded)
      .map(([name]) => name);
    this.logger.info(
      { created: !held, changed, removed, keys: contents.size, bytes, durationMs: Math.round(durationMs) },
      'aggregate written',
    );
    if (foreign.length > 0) this.logger.warn({ keys: foreign }, 'foreign keys removed from the aggregate');
  }

  private checkSize({ bytes, tooLarge }: Aggregate): void {
    const nearlyFull = bytes > NEARLY_FULL * SECRET_LIMIT_BYTES;
    if (nearlyFull && !this.nearlyFull) {
      this.logger.warn(
        { bytes, limitBytes: SECRET_LIMIT_BYTES },
        'aggregate nears the size limit of a Secret',
      );
    }
    this.nearlyFull = nearlyFull;
    for (const cluster of tooLarge.filter((name) => !this.current.tooLarge.includes(name))) {
      this.logger.error(
        { cluster, reason: 'too_large', bytes, limitBytes: SECRET_LIMIT_BYTES },
        'content does not fit into the aggregate, its published key is kept',
      );
    }
    this.current.tooLarge = tooLarge;
  }

  private scheduleExpiry(inMs: number): void {
    clearTimeout(this.expiry);
    if (inMs === Number.POSITIVE_INFINITY) return;
    this.expiry = setTimeout(() => this.request(), Math.min(inMs, LONGEST_TIMER_MS)).unref();
  }

  private succeeded({ contents, bytes }: Aggregate): void {
    if (this.current.state === 'failing')
      this.logger.info({ secret: this.refs.aggregate }, 'publishing works again');
    this.current.keys = contents.size;
    this.current.bytes = bytes;
    this.update('published');
  }

  private failed(error: unknown): void {
    const log = { secret: this.refs.aggregate, err: error };
    if (this.current.state === 'failing') this.logger.debug(log, 'publishing still fails, will retry');
    else if (error instanceof AggregateNotWritableError)
      this.logger.error(log, 'aggregate cannot be written');
    else this.logger.warn(log, 'publishing failed, will retry');
    this.update(
      'failing',
      error instanceof ExporterError ? error.message : 'Publishing failed unexpectedly.',
    );
  }

  private update(state: PublicationStatus['state'], message?: string): void {
    const { message: _previous, ...rest } = this.current;
    const since = state === this.current.state ? this.current.since : new Date();
    this.current = { ...rest, state, since, ...(message !== undefined && { message }) };
  }
}

function restorePublished(held: SecretSnapshot | undefined): Map<string, SourceContent> {
  const published = new Map<string, SourceContent>();
  for (const [name, encoded] of held?.data ?? []) {
    const content = restoreContent(encoded);
    if (content) published.set(name, content);
  }
  return published;
}
