import { Inject, Injectable } from '@nestjs/common';
import type { Span } from '@opentelemetry/api';
import { WRITES } from '../../leader-election/leader-election.module.ts';
import type { Term } from '../../leader-election/leadership.ts';
import { Backoff, HUB_BACKOFF } from '../../base/time/backoff.ts';
import { KeepingLoop } from '../../base/time/keeping-loop.ts';
import { failSpan, inSpan } from '../../base/tracing/in-span.ts';
import { SpanLinks } from '../../base/tracing/span-links.ts';
import { ClusterStates } from '../keeping/cluster-states.ts';
import { AggregateOutput } from './aggregate/aggregate-output.ts';
import { Outputs } from './outputs/outputs.ts';
import { Publication } from './publication.ts';

/** What changes only what the aggregate says about its contents may wait that long. Milliseconds. */
const LEISURE_MS = 1_000;

/**
 * Keeps the aggregate on the hub as it should be, for as long as this replica leads. It hears of changes from `ClusterStates`, and never
 * waits for a reading.
 */
@Injectable()
export class AggregatePublisher {
  private readonly askedBy = new SpanLinks();
  private readonly loop: KeepingLoop;
  private term: Term | undefined;
  /** Whether the next attempt is for more than what the aggregate says about its contents. */
  private urgent = true;

  constructor(
    states: ClusterStates,
    private readonly output: AggregateOutput,
    private readonly publication: Publication,
    private readonly outputs: Outputs,
    @Inject(WRITES) private readonly writes: boolean,
  ) {
    this.loop = new KeepingLoop({
      attempt: (signal) => this.attempt(signal),
      notBeforeMs: () => output.notBeforeMs(this.urgent),
      retries: new Backoff(HUB_BACKOFF),
    });
    states.onChange((change) => this.request(change === 'content' ? 0 : LEISURE_MS));
  }

  /** Whether something was asked for that is to be done now or in a moment, and is not done yet. */
  get busy(): boolean {
    return this.loop.busy;
  }

  /**
   * Lets writes begin. To be called once {@link stop} has resolved.
   *
   * @param term during which, and no longer, it writes
   */
  start(term: Term): void {
    this.term = term;
    this.askedBy.take();
    this.loop.start();
    if (this.writes) this.outputs.start(term);
  }

  /** Asks for the aggregate to be brought up to date within this time; before the start it does nothing. */
  request(inMs = 0): void {
    if (!this.term) return;
    this.askedBy.noteActive();
    this.urgent ||= inMs === 0;
    this.loop.ask(inMs);
  }

  /** Asks for it at once, even after failures: the hub holds something else than before. */
  requestAtOnce(): void {
    this.urgent = true;
    if (this.term) this.loop.wake();
  }

  /** Resolves when a write under way has ended; nothing is written afterwards. Can be called at any time. */
  async stop(): Promise<void> {
    await Promise.all([this.loop.stop(), this.outputs.stop()]);
    this.term = undefined;
    this.output.reset();
    this.publication.reset();
  }

  private async attempt(signal: AbortSignal): Promise<number> {
    const { term } = this;
    if (!term) return Number.POSITIVE_INFINITY;
    const links = this.askedBy.take();
    const { urgent } = this;
    this.urgent = false;
    try {
      const againInMs = await inSpan('publish aggregate', { root: true, links }, (span) =>
        this.publish(term, signal, span),
      );
      this.urgent ||= urgent && againInMs === 0;
      return againInMs;
    } catch (error) {
      this.urgent ||= urgent;
      throw error;
    }
  }

  private async publish(term: Term, signal: AbortSignal, span: Span): Promise<number> {
    try {
      const { result, againInMs, error } = await this.output.bringUpToDate(term, signal);
      if (result === 'blocked') this.publication.failed(error);
      const { contents } = this.output;
      if (contents) this.outputs.follow(contents);
      const { keys, bytes } = this.publication.status;
      span.setAttributes({
        'mcce.result': result,
        'mcce.aggregate.keys': keys,
        'mcce.aggregate.bytes': bytes,
      });
      return againInMs;
    } catch (error) {
      span.setAttribute('mcce.result', 'error');
      failSpan(span, error);
      if (!signal.aborted && !term.signal.aborted) this.publication.failed(error);
      throw error;
    }
  }
}
