import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ClusterRegistry } from '../../../cluster-config/cluster-registry.ts';
import { Settings } from '../../../base/config/settings.ts';
import { KubeRequestError } from '../../../kube/failures/kube-request.error.ts';
import { ObjectRefs } from '../../../kube/hub/object-refs.ts';
import type { Term } from '../../../leader-election/leadership.ts';
import { TransferBudget } from '../../../base/time/transfer-budget.ts';
import { ClusterStates } from '../../keeping/cluster-states.ts';
import { Publication } from '../publication.ts';
import { AggregateWriteEvent } from '../publishing.events.ts';
import { ourLabels } from './aggregate.ts';
import { adoptAggregate } from './adoption.ts';
import { checkWritable } from './aggregate-not-writable.error.ts';
import { AggregateOnHub } from './aggregate-on-hub.ts';
import { partsProblem } from './aggregate-parts.error.ts';
import { AggregateWriter } from './aggregate-writer.ts';
import { AggregateDraft } from './draft.ts';
import { dataBytes, foreignSize, NO_FOREIGN_SIZE } from './secret-size.ts';
import type { WritePlan } from './write-plan.ts';
import { UndoneWrites } from './undone-writes.ts';

/** How often one attempt starts over because somebody else wrote in between. */
const MOST_TRIES = 3;
/**
 * How often one part is written without news: a move takes three writes of the first. What a webhook takes away again must not be written
 * for ever.
 */
const MOST_WRITES_WITHOUT_NEWS = 4;

/** What came of an attempt. */
export interface Outcome {
  /** `waits`: somebody else writes, too, so the next write has to wait. */
  readonly result: 'ok' | 'unchanged' | 'paused' | 'waits';
  /** When to look again without news. Milliseconds, or Infinity. */
  readonly againInMs: number;
}

/**
 * Brings the aggregate on the hub up to date: look at it where it is not what we left → revise the draft by what changed → plan → write.
 * One attempt writes one part at most; while there is more to write it asks for another one.
 */
@Injectable()
export class AggregateOutput {
  private readonly writes = new TransferBudget();
  private readonly looks = new TransferBudget();
  private readonly undone: UndoneWrites;
  /** Undefined while the aggregate is left alone. */
  private draft: AggregateDraft | undefined;
  /** Whether nothing was written yet that the draft is for. */
  private untried = false;
  /** By part, how often it was written since there were news. */
  private readonly writesWithoutNews = new Map<number, number>();
  /** Keys of ours that are to go. */
  private readonly leaving = new Set<string>();

  constructor(
    private readonly settings: Settings,
    private readonly refs: ObjectRefs,
    private readonly registry: ClusterRegistry,
    private readonly states: ClusterStates,
    private readonly onHub: AggregateOnHub,
    private readonly writer: AggregateWriter,
    private readonly publication: Publication,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(AggregateOutput.name) private readonly logger: PinoLogger,
  ) {
    this.undone = new UndoneWrites(events, logger);
  }

  /** What is still to be written, all parts together; undefined: nothing. */
  get plan(): Pick<WritePlan, 'set' | 'remove'> | undefined {
    const { draft } = this;
    if (!draft) return undefined;
    const plans = this.onHub.secrets
      .map((secret, index) => draft.planOf(index, secret))
      .filter((plan) => plan !== undefined);
    if (plans.length === 0) return undefined;
    const remove = plans.flatMap((plan) => plan.remove).filter((name) => !draft.contentOf(name));
    return { set: new Map(plans.flatMap(({ set }) => [...set])), remove };
  }

  /**
   * When the next attempt may begin, on the monotonic clock.
   *
   * @param urgent whether a content has changed; what changes only what is said about contents leaves enough of the budget for one that does
   */
  notBeforeMs(urgent = true): number {
    const bytes = Math.max(0, ...(this.draft?.parts.map(({ stored }) => stored) ?? []));
    const lookAtMs = this.onHub.current ? Number.NEGATIVE_INFINITY : this.looks.readyAtMs(bytes);
    return Math.max(this.writes.readyAtMs(bytes, urgent ? 0 : 1), lookAtMs, this.undone.notBeforeMs);
  }

  /** Takes what the aggregate holds as last-known-good, if the registry is usable. Once it was looked at, this need not wait for an attempt. */
  adopt(): void {
    if (this.draft || !this.registry.view.usable || partsProblem(this.onHub.parts)) return;
    const { contents, memory, usedConfirmation, ...start } = adoptAggregate(
      this.onHub.secrets,
      this.settings.payloadCheck,
      this.logger,
    );
    this.states.adopt(contents, memory, usedConfirmation);
    this.states.retell();
    this.draft = new AggregateDraft({ labels: ourLabels(this.refs.aggregate.name), ...start });
    this.untried = true;
  }

  /** Forgets everything: another replica goes on, or did so since. */
  reset(): void {
    this.draft = undefined;
    this.undone.clear();
    this.writesWithoutNews.clear();
    this.leaving.clear();
  }

  /**
   * One attempt.
   *
   * @throws KubeRequestError, AggregateNotWritableError, AggregatePartsError, NotLeadingError
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
    await this.lookAgain(AbortSignal.any([term.signal, signal]));
    const problem = this.draft ? undefined : partsProblem(this.onHub.parts);
    if (problem) throw problem;
    this.adopt();
    const { draft } = this;
    if (!draft || !this.registry.view.usable) return this.pause();
    const nextInMs = this.revise(draft);
    for (const { ref, secret } of this.onHub.parts) if (secret) checkWritable(ref, secret);

    const plan = this.nextPlan(draft);
    const now = performance.now();
    if (plan && now < this.undone.notBeforeMs) {
      this.publication.contested(this.undone.last);
      return { result: 'waits', againInMs: 0 };
    }
    if (plan) await this.write(plan, draft, term);
    if (this.nextPlan(draft)) return { result: 'ok', againInMs: 0 };
    for (const part of this.onHub.parts) this.undone.confirm(part);
    this.untried = false;
    this.leaving.clear();
    const contestedMs = this.undone.contestedUntilMs - now;
    if (contestedMs > 0) this.publication.contested(this.undone.last);
    else this.publication.published(plan !== undefined);
    return {
      result: plan ? 'ok' : 'unchanged',
      againInMs: contestedMs > 0 ? Math.min(contestedMs, nextInMs) : nextInMs,
    };
  }

  /** @returns milliseconds until there may be more to change */
  private revise(draft: AggregateDraft): number {
    const { changes, nextInMs } = this.states.takeChanges();
    for (const [name, key] of changes) if (!key) this.leaving.add(name);
    if (changes.size > 0) this.writesWithoutNews.clear();
    const foreign = this.onHub.secrets.map((secret) => (secret ? foreignSize(secret) : NO_FOREIGN_SIZE));
    draft.revise(changes, foreign, this.states.usedConfirmation);
    this.publication.sized(draft);
    return nextInMs;
  }

  private nextPlan(draft: AggregateDraft): WritePlan | undefined {
    const plan = draft.plan(this.onHub.secrets);
    const writes = plan && (this.writesWithoutNews.get(plan.part) ?? 0);
    return writes === undefined || writes < MOST_WRITES_WITHOUT_NEWS ? plan : undefined;
  }

  /** Looks at the parts that are not as we left them. */
  private async lookAgain(signal: AbortSignal): Promise<void> {
    for (const [index, part] of this.onHub.parts.entries()) {
      if (part.current) continue;
      const secret = await part.look(signal);
      this.looks.spend(secret ? dataBytes(secret) : 0, performance.now());
      this.writesWithoutNews.clear();
      // Somebody wrote after what we began with.
      if (this.untried) this.draft = undefined;
      this.undone.compare(part, this.draft !== undefined && !this.draft.planOf(index, secret));
    }
  }

  /** Without a usable registry the aggregate stays as it is. If somebody deletes it then, it is to be gone. */
  private pause(): Outcome {
    if (this.onHub.secrets.every((secret) => secret === undefined)) this.states.forgetContents();
    this.draft = undefined;
    this.undone.forget();
    this.publication.paused();
    return { result: 'paused', againInMs: Number.POSITIVE_INFINITY };
  }

  private async write(plan: WritePlan, draft: AggregateDraft, term: Term): Promise<void> {
    const part = this.onHub.parts[plan.part];
    if (!part) throw new RangeError(`there is no part ${plan.part}`);
    const held = part.secret;
    const startedAt = performance.now();
    this.writes.spend(draft.parts[plan.part]?.stored ?? 0, startedAt);
    this.writesWithoutNews.set(plan.part, (this.writesWithoutNews.get(plan.part) ?? 0) + 1);
    try {
      await part.whileWriting(() => this.writer.write(plan, held, term));
      this.tell('ok', plan);
    } catch (error) {
      this.tell(isOutrun(error) ? 'conflict' : 'error', plan);
      throw error;
    }
    this.undone.confirm(part);
    this.logWrite(plan, draft, performance.now() - startedAt);
  }

  private tell(result: AggregateWriteEvent['result'], { set, remove }: WritePlan): void {
    const clusters = [...set.keys(), ...remove];
    this.events.emit(AggregateWriteEvent.eventName, new AggregateWriteEvent(result, clusters));
  }

  private logWrite(
    { part, resourceVersion, set, remove }: WritePlan,
    draft: AggregateDraft,
    durationMs: number,
  ): void {
    this.logger.info(
      {
        created: resourceVersion === undefined,
        ...(draft.parts.length > 1 && { part }),
        changed: [...set.keys()],
        removed: remove,
        keys: draft.keys,
        bytes: draft.bytes,
        durationMs: Math.round(durationMs),
      },
      'aggregate written',
    );
    const foreign = remove.filter((name) => !this.leaving.has(name) && !draft.contentOf(name));
    if (foreign.length > 0) this.logger.warn({ keys: foreign }, 'foreign keys removed from the aggregate');
  }
}

/** Somebody else wrote in between, or deleted it. */
function isOutrun(error: unknown): boolean {
  return error instanceof KubeRequestError && (error.status === 409 || error.status === 404);
}
