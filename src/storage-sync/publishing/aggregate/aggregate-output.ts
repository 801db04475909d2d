import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ClusterRegistry } from '../../../cluster-config/cluster-registry.ts';
import { KubeRequestError } from '../../../kube/failures/kube-request.error.ts';
import { ObjectRefs } from '../../../kube/hub/object-refs.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import type { Term } from '../../../leader-election/leadership.ts';
import { TransferBudget } from '../../../base/time/transfer-budget.ts';
import { ChosenPorts } from '../../chosen-ports.ts';
import { ClusterStates } from '../../keeping/cluster-states.ts';
import { ContentPipeline } from '../../keeping/content-pipeline.ts';
import type { SourceContent } from '../../keeping/source-content.ts';
import { parseMemory } from '../../keeping/state-memory.ts';
import { Publication } from '../publication.ts';
import { AggregateUndoneEvent, AggregateWriteEvent } from '../publishing.events.ts';
import { Rivalry } from '../rivalry.ts';
import { CLUSTER_STATES_ANNOTATION, CONFIRMED_REMOVAL_ANNOTATION } from './aggregate.ts';
import { checkWritable } from './aggregate-not-writable.error.ts';
import { AggregateOnHub } from './aggregate-on-hub.ts';
import { listedItems } from './bounded-list.ts';
import { AggregateDraft } from './draft.ts';
import { foreignSize, NO_FOREIGN_SIZE } from './secret-size.ts';
import { planWrite, type WritePlan } from './write-plan.ts';
import { holdsTheSame, NOT_UNDONE, type Undoing, undoingOf } from './undoing.ts';

/** How often one attempt starts over because somebody else wrote in between. */
const MOST_TRIES = 3;

/** What came of an attempt. */
export interface Outcome {
  /** `waits`: somebody else writes, too, so the next write has to wait. */
  readonly result: 'ok' | 'unchanged' | 'paused' | 'waits';
  /** When to look again without news. Milliseconds, or Infinity. */
  readonly againInMs: number;
}

/**
 * Brings the aggregate on the hub up to date: look at it where it is not what we left → revise the draft by what changed → plan → write.
 */
@Injectable()
export class AggregateOutput {
  private readonly writes = new TransferBudget();
  private readonly looks = new TransferBudget();
  private readonly rivalry = new Rivalry();
  /** Undefined while the aggregate is left alone. */
  private draft: AggregateDraft | undefined;
  /** Whether nothing was written yet that the draft is for. */
  private untried = false;
  /** What we last knew the hub to hold as it should. Undefined: never since the start, or since the aggregate was left alone. */
  private confirmed: SecretSnapshot | undefined;
  private undoneBy: Undoing = NOT_UNDONE;
  /** Keys of ours that are to go. */
  private readonly leaving = new Set<string>();

  constructor(
    private readonly pipeline: ContentPipeline,
    private readonly refs: ObjectRefs,
    private readonly registry: ClusterRegistry,
    private readonly states: ClusterStates,
    private readonly onHub: AggregateOnHub,
    private readonly ports: ChosenPorts,
    private readonly publication: Publication,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(AggregateOutput.name) private readonly logger: PinoLogger,
  ) {}

  /** What the hub holds as it should; undefined: it does not, or that is not known. */
  get contents(): ReadonlyMap<string, SourceContent> | undefined {
    return this.confirmed && this.draft?.contents;
  }

  /** What is still to be written; undefined: nothing. */
  get plan(): WritePlan | undefined {
    return this.draft && planWrite(this.draft, this.onHub.secret);
  }

  /** When the next attempt may begin, on the monotonic clock. */
  notBeforeMs(): number {
    const bytes = this.draft?.stored ?? 0;
    const lookAtMs = this.onHub.current ? Number.NEGATIVE_INFINITY : this.looks.readyAtMs(bytes);
    return Math.max(this.writes.readyAtMs(bytes), lookAtMs, this.rivalry.notBeforeMs);
  }

  /** Takes what the aggregate holds, if a registry is usable. Once it was looked at, this need not wait for an attempt. */
  adopt(): void {
    if (this.draft || !this.registry.view.usable) return;
    this.draft = this.adoptedDraft();
    this.untried = true;
  }

  /** Forgets everything: another replica goes on, or did so since. */
  reset(): void {
    this.draft = undefined;
    this.confirmed = undefined;
    this.leaving.clear();
    this.rivalry.clear();
  }

  /**
   * One attempt.
   *
   * @throws KubeRequestError, AggregateNotWritableError, NotLeadingError
   */
  async bringUpToDate(term: Term, signal: AbortSignal): Promise<Outcome> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.tryOnce(term, signal);
      } catch (error) {
        if (!isOutrun(error) || tries === MOST_TRIES) throw error;
        if (this.notBeforeMs() > performance.now()) return { result: 'waits', againInMs: 0 };
      }
    }
  }

  private async tryOnce(term: Term, signal: AbortSignal): Promise<Outcome> {
    if (!this.onHub.current) await this.look(AbortSignal.any([term.signal, signal]));
    this.adopt();
    const { draft } = this;
    if (!draft || !this.registry.view.usable) return this.pause();
    const { changes, nextInMs } = this.states.takeChanges();
    const { secret } = this.onHub;
    for (const [name, key] of changes) if (!key) this.leaving.add(name);
    draft.revise(changes, secret ? foreignSize(secret) : NO_FOREIGN_SIZE, this.states.usedConfirmation);
    this.publication.sized(draft);
    if (secret) checkWritable(this.refs.aggregate, secret);

    const plan = planWrite(draft, secret);
    const now = performance.now();
    if (plan && now < this.rivalry.notBeforeMs) {
      this.publication.contested(this.undoneBy);
      return { result: 'waits', againInMs: 0 };
    }
    if (plan) await this.write(plan, draft, term);
    // Somebody else created it just before us, so it holds what both wanted.
    if (plan && !secret && this.plan) return { result: 'ok', againInMs: 0 };
    this.confirmed = this.onHub.secret;
    this.untried = false;
    this.leaving.clear();
    const contestedMs = this.rivalry.untilMs - now;
    if (contestedMs > 0) this.publication.contested(this.undoneBy);
    else this.publication.published(plan !== undefined);
    return {
      result: plan ? 'ok' : 'unchanged',
      againInMs: contestedMs > 0 ? Math.min(contestedMs, nextInMs) : nextInMs,
    };
  }

  /** Fetches what the hub holds, and notices whether that undoes a write of ours. */
  private async look(signal: AbortSignal): Promise<void> {
    const secret = await this.onHub.look(signal);
    // Somebody wrote after what we began with.
    if (this.untried) this.draft = undefined;
    const { confirmed, draft } = this;
    this.looks.spend(secret ? sizeOf(secret) : 0, performance.now());
    const isOurs = !confirmed || holdsTheSame(secret, confirmed) || (draft && !planWrite(draft, secret));
    if (isOurs) return;
    // It counts once.
    this.confirmed = undefined;
    this.undoneBy = undoingOf(secret, confirmed);
    this.rivalry.noteUndone(performance.now());
    this.events.emit(AggregateUndoneEvent.eventName, new AggregateUndoneEvent());
    this.logger.warn(
      { secret: this.refs.aggregate, ...this.undoneBy },
      'aggregate was changed by somebody else',
    );
  }

  /** Without a usable registry the aggregate stays as it is. If somebody deletes it then, it is to be gone. */
  private pause(): Outcome {
    if (!this.onHub.secret) this.states.forgetContents();
    this.draft = undefined;
    this.confirmed = undefined;
    this.publication.paused();
    return { result: 'paused', againInMs: Number.POSITIVE_INFINITY };
  }

  /** Takes what the aggregate holds as last-known-good, and starts the draft from there. */
  private adoptedDraft(): AggregateDraft {
    const { secret } = this.onHub;
    const contents = new Map<string, SourceContent>();
    for (const [name, encoded] of secret?.data ?? []) {
      const content = this.pipeline.restore(encoded);
      if (content) contents.set(name, content);
      else
        this.logger.warn(
          { cluster: name },
          'a key of the aggregate is unreadable and not taken as last-known-good',
        );
    }
    const annotations = secret?.annotations;
    this.states.adopt(
      contents,
      parseMemory(listedItems(annotations?.get(CLUSTER_STATES_ANNOTATION))),
      annotations?.get(CONFIRMED_REMOVAL_ANNOTATION),
    );
    this.states.retell();
    return new AggregateDraft(contents);
  }

  private async write(plan: WritePlan, draft: AggregateDraft, term: Term): Promise<void> {
    const held = this.onHub.secret;
    const startedAt = performance.now();
    this.writes.spend(draft.stored, startedAt);
    try {
      await this.onHub.whileWriting(() => this.ports.writer.write(plan, held, term));
      this.tell('ok');
    } catch (error) {
      this.tell(isOutrun(error) ? 'conflict' : 'error');
      throw error;
    }
    this.logWrite(plan, draft, performance.now() - startedAt);
  }

  private tell(result: AggregateWriteEvent['result']): void {
    this.events.emit(AggregateWriteEvent.eventName, new AggregateWriteEvent(result));
  }

  private logWrite(
    { resourceVersion, set, remove }: WritePlan,
    draft: AggregateDraft,
    durationMs: number,
  ): void {
    this.logger.info(
      {
        created: resourceVersion === undefined,
        changed: [...set.keys()],
        removed: remove,
        keys: draft.contents.size,
        bytes: draft.bytes,
        durationMs: Math.round(durationMs),
      },
      'aggregate written',
    );
    const foreign = remove.filter((name) => !this.leaving.has(name));
    if (foreign.length > 0) this.logger.warn({ keys: foreign }, 'foreign keys removed from the aggregate');
  }
}

/** Somebody else wrote in between, or deleted it. */
function isOutrun(error: unknown): boolean {
  return error instanceof KubeRequestError && (error.status === 409 || error.status === 404);
}

/** Of its values. Bytes. */
function sizeOf({ data }: SecretSnapshot): number {
  let bytes = 0;
  for (const encoded of data.values()) bytes += Buffer.byteLength(encoded, 'base64');
  return bytes;
}
