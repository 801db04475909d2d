import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { Span } from '@opentelemetry/api';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ClusterRegistry } from '../../cluster-config/cluster-registry.ts';
import { ExporterError } from '../../errors/exporter.error.ts';
import { Backoff, HUB_BACKOFF } from '../../kube/backoff.ts';
import { ObjectRefs } from '../../kube/object-refs.ts';
import type { Term } from '../../leader-election/leadership.ts';
import { failSpan, inSpan, outsideSpans } from '../../tracing/in-span.ts';
import { SpanLinks } from '../../tracing/span-links.ts';
import {
  type Aggregate,
  buildAggregate,
  isToBeWritten,
  NEARLY_FULL,
  SECRET_LIMIT_BYTES,
} from './aggregate/aggregate.ts';
import { AggregateNotWritableError, checkWritable } from './aggregate/aggregate-not-writable.error.ts';
import { AggregateWriter } from './aggregate/aggregate-writer.ts';
import { ClusterStates } from '../keeping/cluster-states.ts';
import { Coalescer, type WriteRequest } from './coalescer.ts';
import { HeldAggregate } from './aggregate/held-aggregate.ts';
import type { PublicationStatus } from './publication-status.ts';
import type { SourceContent } from '../keeping/source-content.ts';
import { PublicationChangedEvent } from '../storage-sync.events.ts';

/** Node's timers hold no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Keeps the aggregate on the hub as it shall be, and is the only one that has it written. Whoever changes or sees something
 * calls {@link request}; what to write is worked out anew from the states each time, so no request can be lost and none
 * is too many. It never waits for a reading.
 */
@Injectable()
export class AggregatePublisher {
  private readonly backoff = new Backoff(HUB_BACKOFF);
  private readonly coalescer = new Coalescer();
  private readonly askedBy = new SpanLinks();
  /** What was last in the aggregate and valid. */
  private published: ReadonlyMap<string, SourceContent> | undefined;
  private newest: Aggregate | undefined;
  private requested = false;
  private draining: Promise<void> | undefined;
  private term: Term | undefined;
  private stopping = new AbortController();
  /** Ends the pause before the next try. */
  private waking = new AbortController();
  private expiry: NodeJS.Timeout | undefined;
  private nearlyFull = false;
  private current = waiting();

  constructor(
    private readonly refs: ObjectRefs,
    private readonly registry: ClusterRegistry,
    private readonly states: ClusterStates,
    private readonly held: HeldAggregate,
    private readonly writer: AggregateWriter,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(AggregatePublisher.name) private readonly logger: PinoLogger,
  ) {}

  get status(): Readonly<PublicationStatus> {
    return this.current;
  }

  /** What the aggregate shall be, as it was last worked out; undefined where it is left alone. */
  get wanted(): Aggregate | undefined {
    return this.newest;
  }

  /** Whether something was asked for that is not done yet. */
  get busy(): boolean {
    return this.draining !== undefined;
  }

  /**
   * Lets writes begin. To be called once {@link stop} has resolved.
   *
   * @param term during which, and no longer, it writes
   */
  start(term: Term): void {
    this.term = term;
    this.stopping = new AbortController();
    this.published = undefined;
    this.newest = undefined;
    this.nearlyFull = false;
    this.backoff.reset();
    this.askedBy.take();
    this.current = waiting();
  }

  /**
   * Asks for the aggregate to be brought up to date, soon: a {@link Coalescer} says when. Never fails; before the start it does
   * nothing.
   */
  request({ othersFollow = false, urgent = true }: Partial<WriteRequest> = {}): void {
    const { term } = this;
    if (!term || this.stopping.signal.aborted) return;
    this.requested = true;
    this.askedBy.noteActive();
    this.coalescer.note({ othersFollow, urgent });
    if (this.draining) return;
    // It works for others than who asks first, too.
    this.draining = outsideSpans(() =>
      this.drain(term).finally(() => {
        this.draining = undefined;
        if (this.requested) this.request();
      }),
    );
  }

  /** Asks for it at once, even after failures: the hub holds something else than before. */
  requestAtOnce(): void {
    this.waking.abort();
    this.request();
  }

  /** Resolves when a write under way has ended; nothing is written afterwards. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.expiry);
    await this.draining;
    this.term = undefined;
    this.requested = false;
    this.newest = undefined;
    this.current = waiting();
  }

  private async drain(term: Term): Promise<void> {
    const { signal } = this.stopping;
    let failed = false;
    while (this.requested && !signal.aborted) {
      this.waking = new AbortController();
      const woken = AbortSignal.any([signal, this.waking.signal]);
      if (failed) await delay(this.backoff.next(), undefined, { signal: woken }).catch(() => undefined);
      else await this.coalescer.gather(woken);
      if (signal.aborted) return;
      this.requested = false;
      const links = this.askedBy.take();
      failed = !(await inSpan('publish aggregate', { root: true, links }, (span) =>
        this.tryToPublish(term, signal, span),
      ));
      if (failed && (signal.aborted || term.signal.aborted)) return;
      this.requested ||= failed;
    }
  }

  /** Gives whether it worked. */
  private async tryToPublish(term: Term, signal: AbortSignal, span: Span): Promise<boolean> {
    try {
      const result = await this.publish(term);
      span.setAttributes({
        'mcce.result': result,
        'mcce.aggregate.keys': this.current.keys,
        'mcce.aggregate.bytes': this.current.bytes,
      });
      this.backoff.reset();
      return true;
    } catch (error) {
      span.setAttribute('mcce.result', 'error');
      failSpan(span, error);
      if (!signal.aborted && !term.signal.aborted) this.failed(error);
      return false;
    }
  }

  private async publish(term: Term): Promise<'ok' | 'unchanged' | 'held'> {
    if (!this.held.known || this.registry.view.state === 'unknown') return 'held';
    if (this.registry.view.state !== 'present') {
      this.hold();
      return 'held';
    }
    this.published ??= this.states.adopt(this.held.secret);
    this.scheduleExpiry(this.states.expire());
    const aggregate = buildAggregate(this.states.all.values(), this.published);
    this.newest = aggregate;
    this.checkSize(aggregate);

    const { secret } = this.held;
    if (secret) checkWritable(this.refs.aggregate, secret);
    const writes = isToBeWritten(aggregate, secret);
    if (writes) {
      const startedAt = performance.now();
      await this.writer.write(aggregate, this.published, term);
      this.coalescer.wrote(performance.now() - startedAt);
      this.current.lastWrite = new Date();
    }
    this.published = aggregate.contents;
    this.succeeded(aggregate);
    return writes ? 'ok' : 'unchanged';
  }

  /** Without a usable registry the aggregate stays as it is. Whoever then deletes it wants it gone. */
  private hold(): void {
    if (!this.held.secret) this.states.forgetContents();
    this.published = undefined;
    this.newest = undefined;
    this.update('held');
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
    const known = new Map(this.current.tooLarge.map(({ cluster, since }) => [cluster, since]));
    for (const cluster of tooLarge.filter((name) => !known.has(name))) {
      this.logger.error(
        { cluster, reason: 'too_large', bytes, limitBytes: SECRET_LIMIT_BYTES },
        'content does not fit into the aggregate, its published key is kept',
      );
    }
    this.current.tooLarge = tooLarge.map((cluster) => ({ cluster, since: known.get(cluster) ?? new Date() }));
    if (tooLarge.length !== known.size || tooLarge.some((name) => !known.has(name))) this.tell();
  }

  private scheduleExpiry(inMs: number): void {
    clearTimeout(this.expiry);
    if (inMs === Number.POSITIVE_INFINITY) return;
    const timerMs = Math.min(inMs, LONGEST_TIMER_MS);
    this.expiry = outsideSpans(() => setTimeout(() => this.request(), timerMs).unref());
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
    const lasting = error instanceof AggregateNotWritableError;
    if (this.current.state === 'failing') this.logger.debug(log, 'publishing still fails, will retry');
    else if (lasting) this.logger.error(log, 'aggregate cannot be written');
    else this.logger.warn(log, 'publishing failed, will retry');
    const message = error instanceof ExporterError ? error.message : 'Publishing failed unexpectedly.';
    this.update('failing', { message, ...(lasting && { lasting }) });
  }

  private update(
    state: PublicationStatus['state'],
    failure?: Pick<PublicationStatus, 'message' | 'lasting'>,
  ): void {
    const { message: _message, lasting: _lasting, ...rest } = this.current;
    const since = state === this.current.state ? this.current.since : new Date();
    this.current = { ...rest, state, since, ...failure };
    if (since !== rest.since) this.tell();
  }

  private tell(): void {
    this.events.emit(PublicationChangedEvent.eventName, new PublicationChangedEvent());
  }
}

function waiting(): PublicationStatus {
  return {
    state: 'waiting',
    since: new Date(),
    keys: 0,
    bytes: 0,
    limitBytes: SECRET_LIMIT_BYTES,
    tooLarge: [],
  };
}
