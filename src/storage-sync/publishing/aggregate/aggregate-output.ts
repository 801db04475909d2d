import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ClusterRegistry } from '../../../cluster-config/cluster-registry.ts';
import { ExporterError } from '../../../base/errors/exporter.error.ts';
import { KubeRequestError } from '../../../kube/failures/kube-request.error.ts';
import { ObjectRefs } from '../../../kube/hub/object-refs.ts';
import type { Term } from '../../../leader-election/leadership.ts';
import { ChosenPorts } from '../../chosen-ports.ts';
import { ClusterStates } from '../../keeping/cluster-states.ts';
import { ContentPipeline } from '../../keeping/content-pipeline.ts';
import type { SourceContent } from '../../keeping/source-content.ts';
import { Publication } from '../publication.ts';
import { AggregateWriteEvent } from '../publishing.events.ts';
import { WriteBudget } from '../write-budget.ts';
import { ourLabels } from './aggregate.ts';
import { adoptAggregate } from './adoption.ts';
import { checkWritable } from './aggregate-not-writable.error.ts';
import { AggregateOnHub } from './aggregate-on-hub.ts';
import { AggregateNotKeptError } from './aggregate-not-kept.error.ts';
import { foreignPart, foreignParts, partsProblem } from './aggregate-parts.error.ts';
import { PartTurns } from './part-turns.ts';
import { AggregateDraft } from './draft.ts';
import { foreignSize, NO_FOREIGN_SIZE } from './secret-size.ts';
import { isSameWrite, type WritePlan } from './write-plan.ts';
import { UndoneWrites } from './undone-writes.ts';

/** How often one attempt starts over because somebody else wrote in between. */
const MOST_TRIES = 3;

/** What came of an attempt. */
export interface Outcome {
  /** `waits`: somebody else writes, too, so the next write has to wait. `blocked`: all is written but for parts that cannot be. */
  readonly result: 'ok' | 'unchanged' | 'paused' | 'waits' | 'blocked';
  /** What is in the way of a part. */
  readonly error?: unknown;
  /** When to look again without news. Milliseconds, or Infinity. */
  readonly againInMs: number;
}

/**
 * Brings the aggregate on the hub up to date: look at it where it is not what we left → revise the draft by what changed → plan → write.
 * One attempt writes one part at most; while there is more to write it asks for another one.
 */
@Injectable()
export class AggregateOutput {
  private readonly turns = new PartTurns();
  private readonly undone: UndoneWrites;
  /** Undefined while the aggregate is left alone. */
  private draft: AggregateDraft | undefined;
  /** Whether the hub did not yet hold all of what the draft is for. */
  private untried = false;
  /** Parts that we have written. */
  private readonly ours = new Set<number>();
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
    private readonly writes: WriteBudget,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(AggregateOutput.name) private readonly logger: PinoLogger,
  ) {
    this.undone = new UndoneWrites(events, logger);
  }

  /** What the hub holds as it should, by cluster; undefined: it does not, or that is not known. */
  get contents(): ReadonlyMap<string, SourceContent> | undefined {
    return this.untried ? undefined : this.draft?.contents;
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
    const { unseen } = this.onHub;
    // Parts that were seen need not wait for the others.
    const looksFirst = unseen.size > 0 && (!this.draft || unseen.size === this.onHub.parts.length);
    const lookAtMs = looksFirst ? this.onHub.nextLookAtMs : Number.NEGATIVE_INFINITY;
    return Math.max(this.writes.readyAtMs(bytes, urgent ? 0 : 1), lookAtMs, this.undone.notBeforeMs);
  }

  /** Takes what the aggregate holds as last-known-good, if the registry is usable. Once it was looked at, this need not wait for an attempt. */
  adopt(): void {
    const { parts } = this.onHub;
    if (this.draft || !this.registry.view.usable || !this.onHub.current || partsProblem(parts)) return;
    const foreign = foreignParts(parts, (index) => this.ours.has(index));
    const { contents, memory, usedConfirmation, ...start } = adoptAggregate(
      parts.map(({ secret }, index) => (foreign.has(index) ? undefined : secret)),
      (encoded) => this.pipeline.restore(encoded),
      this.logger,
    );
    this.states.adopt(contents, memory, usedConfirmation);
    this.states.retell();
    this.draft = new AggregateDraft({ labels: ourLabels(this.refs.aggregate.name), ...start });
    this.untried = true;
  }

  /** Forgets everything: another replica continues, or did so since. */
  reset(): void {
    this.draft = undefined;
    this.undone.clear();
    this.turns.clear();
    this.ours.clear();
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
    const lookInMs = await this.lookAgain(AbortSignal.any([term.signal, signal]));
    const problem = this.draft ? undefined : partsProblem(this.onHub.parts);
    if (problem) throw problem;
    this.adopt();
    const { draft } = this;
    if (!this.registry.view.usable) return this.pause();
    if (!draft) return { result: 'waits', againInMs: lookInMs };
    const foreign = foreignParts(this.onHub.parts, (index) => this.ours.has(index));
    const nextInMs = Math.min(this.revise(draft, foreign), lookInMs);

    const now = performance.now();
    const plan = this.turns.next(this.plansOf(draft), now);
    if (plan && now < this.undone.notBeforeMs) {
      this.publication.contested(this.undone.last);
      return { result: 'waits', againInMs: 0 };
    }
    if (plan) await this.write(plan, draft, term);
    const left = this.plansOf(draft);
    if (this.turns.next(left, now)) return { result: 'ok', againInMs: 0 };
    const obstacle = this.turns.obstacle(left, now);
    if (obstacle?.error !== undefined)
      return { result: 'blocked', error: obstacle.error, againInMs: Math.min(obstacle.inMs, nextInMs) };
    const unwritable = this.unwritable(draft);
    if (unwritable) return { result: 'blocked', error: unwritable, againInMs: nextInMs };
    const [stolen] = foreign;
    const ref = stolen === undefined ? undefined : this.onHub.parts[stolen]?.ref;
    if (ref) return { result: 'blocked', error: foreignPart(ref), againInMs: nextInMs };
    if (this.onHub.unseen.size > 0) return { result: 'waits', againInMs: nextInMs };
    return this.settled(plan !== undefined, nextInMs);
  }

  /** What will be in the way of the next write of a part that is used. */
  private unwritable(draft: AggregateDraft): unknown {
    for (const { ref, secret } of this.onHub.parts.slice(0, draft.usedParts)) {
      try {
        if (secret) checkWritable(ref, secret);
      } catch (error) {
        return error;
      }
    }
    return undefined;
  }

  /** The hub holds all of it. */
  private settled(wrote: boolean, nextInMs: number): Outcome {
    for (const part of this.onHub.parts) this.undone.confirm(part);
    this.untried = false;
    this.leaving.clear();
    const contestedMs = this.undone.contestedUntilMs - performance.now();
    if (contestedMs > 0) this.publication.contested(this.undone.last);
    else this.publication.published(wrote);
    return {
      result: wrote ? 'ok' : 'unchanged',
      againInMs: contestedMs > 0 ? Math.min(contestedMs, nextInMs) : nextInMs,
    };
  }

  /** @returns milliseconds until there may be more to change */
  private revise(draft: AggregateDraft, foreign: ReadonlySet<number>): number {
    const { changes, nextInMs } = this.states.takeChanges();
    for (const [name, key] of changes) if (!key) this.leaving.add(name);
    const sizes = this.onHub.secrets.map((secret) => (secret ? foreignSize(secret) : NO_FOREIGN_SIZE));
    draft.revise(changes, sizes, this.states.usedConfirmation, foreign);
    this.publication.sized(draft);
    return nextInMs;
  }

  private plansOf(draft: AggregateDraft): WritePlan[] {
    return draft.plans(this.onHub.secrets, this.onHub.unseen);
  }

  /**
   * Looks at the parts that are not as we left them, as far as the budget lets us.
   *
   * @returns milliseconds until another one may be looked at
   */
  private async lookAgain(signal: AbortSignal): Promise<number> {
    for (const [index, part] of this.onHub.parts.entries()) {
      if (part.current || part.mayLookAtMs > performance.now()) continue;
      const secret = await part.look(signal);
      this.turns.free(index);
      // Somebody wrote after what we began with.
      if (this.untried) this.draft = undefined;
      this.undone.compare(part, this.draft !== undefined && !this.draft.planOf(index, secret));
    }
    return Math.max(0, this.onHub.nextLookAtMs - performance.now());
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
    let wrote = false;
    this.writes.spend(draft.parts[plan.part]?.stored ?? 0, startedAt);
    this.turns.tried(plan.part, startedAt);
    try {
      if (held) checkWritable(part.ref, held);
      wrote = await part.whileWriting(() => this.ports.writer.write(plan, held, term));
      this.tell('ok', plan);
    } catch (error) {
      this.tell(isOutrun(error) ? 'conflict' : 'error', plan);
      if (this.onHub.parts.length === 1 || !isOfThisPart(error)) throw error;
      this.turns.failed(plan.part, error, startedAt);
      return;
    }
    this.turns.free(plan.part);
    this.ours.add(plan.part);
    this.undone.confirm(part);
    this.logWrite(plan, draft, performance.now() - startedAt);
    const left = draft.planOf(plan.part, part.secret);
    // A writer of another kind may write nothing, and means it.
    const error = wrote ? new AggregateNotKeptError(part.ref) : undefined;
    if (left && isSameWrite(left, plan)) this.turns.hadNoEffect(plan, error);
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

/** The hub refuses this object, and not whatever we send. */
function isOfThisPart(error: unknown): boolean {
  if (!(error instanceof KubeRequestError)) return error instanceof ExporterError && error.lasting;
  return [400, 403, 413, 422].includes(error.status ?? 0);
}
