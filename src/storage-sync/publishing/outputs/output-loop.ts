import type { PinoLogger } from 'nestjs-pino';
import { atOnce } from '../../../base/extending/at-once.ts';
import type { ExtensionFaults } from '../../../base/extending/extension-faults.ts';
import { explanationOf } from '../../../base/errors/exporter.error.ts';
import { Backoff, HUB_BACKOFF } from '../../../base/time/backoff.ts';
import { KeepingLoop } from '../../../base/time/keeping-loop.ts';
import { KubeRequestError } from '../../../kube/failures/kube-request.error.ts';
import type { HubClient } from '../../../kube/hub/hub-client.ts';
import type { Term } from '../../../leader-election/leadership.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../aggregate/aggregate.ts';
import {
  type AppliedObject,
  type Leftover,
  type PlannedObject,
  planObjects,
  prepare,
} from './object-plan.ts';
import type { WriteBudget } from '../write-budget.ts';
import type { Output } from './output.ts';
import type { OutputHeld } from './output-held.ts';
import { type Found, OutputObjects } from './output-objects.ts';
import { AGAIN_MS, OutputRound } from './output-round.ts';
import type { OutputStatus } from './output-status.ts';
import type { PublishedContents } from './published-contents.ts';

/** For one request. Milliseconds. */
const REQUEST_TIMEOUT_MS = 6_000;
/** What all outputs share. */
export interface OutputContext {
  readonly hub: HubClient;
  readonly faults: ExtensionFaults;
  readonly logger: PinoLogger;
  readonly published: PublishedContents;
  /** For the writes of the aggregate and all outputs together. */
  readonly budget: WriteBudget;
}

/** Keeps the objects of one output as it wants them, while this replica leads. */
export class OutputLoop {
  private readonly loop: KeepingLoop;
  private readonly objects: OutputObjects;
  private readonly applied = new Map<string, AppliedObject>();
  private term: Term | undefined;
  private current: OutputStatus;

  constructor(
    private readonly output: Output,
    private readonly extension: string,
    private readonly held: OutputHeld,
    private readonly context: OutputContext,
  ) {
    this.objects = new OutputObjects(context.hub, output.name);
    this.current = this.waiting();
    this.loop = new KeepingLoop({
      attempt: (signal) => this.attempt(signal),
      notBeforeMs: () => context.budget.objectReadyAtMs(),
      retries: new Backoff(HUB_BACKOFF),
    });
    output.listen(() => this.request());
  }

  get status(): OutputStatus {
    const failure = this.held.failure;
    return failure && this.current.state !== 'failing' ? { ...this.current, ...failure } : this.current;
  }

  start(term: Term): void {
    this.term = term;
    this.loop.start();
    this.held.start(() => this.request());
  }

  request(): void {
    if (this.term) this.loop.ask();
  }

  /** Resolves when a write under way has ended. Can be called at any time. */
  async stop(): Promise<void> {
    await this.loop.stop();
    await this.held.stop();
    this.term = undefined;
    this.applied.clear();
    this.current = this.waiting();
  }

  private async attempt(signal: AbortSignal): Promise<number> {
    const { term, output, context } = this;
    const contents = context.published.contents;
    if (!term || !contents || !this.held.listed) return Number.POSITIVE_INFINITY;
    const planned = context.faults.call(this.extension, 'Output.objects', () =>
      prepare(output.name, output.kinds, atOnce(output.objects(contents)), {
        [MANAGED_BY_LABEL]: MANAGED_BY,
      }),
    )?.result;
    if (!planned) return AGAIN_MS;
    const round = new OutputRound(planned.size);
    const { apply, remove } = planObjects(planned, this.held.objects, this.applied, performance.now());
    // What somebody needs is made before what nobody needs goes.
    for (const work of [...apply, ...remove]) {
      if (context.budget.objectReadyAtMs() > performance.now()) {
        this.note(planned);
        return 0;
      }
      await this.carryOut(work, term, signal, round);
      // A hub that hangs takes its time for each of them.
      if (round.trouble && this.current.state !== 'failing') this.report(round, planned);
    }
    this.report(round, planned);
    return Math.min(round.againInMs, this.lookAgainInMs());
  }

  /** Until something has to be looked at that no watch tells of. */
  private lookAgainInMs(): number {
    let atMs = Number.POSITIVE_INFINITY;
    for (const { lookAgainAtMs = atMs } of this.applied.values()) atMs = Math.min(atMs, lookAgainAtMs);
    return Math.max(0, atMs - performance.now());
  }

  private async carryOut(
    work: PlannedObject | Leftover,
    term: Term,
    signal: AbortSignal,
    round: OutputRound,
  ): Promise<void> {
    const limits = {
      signal: AbortSignal.any([term.signal, signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      permit: () => term.permit(),
    };
    this.context.budget.spendOnObject(performance.now());
    try {
      if ('wanted' in work) await this.apply(work, limits, round);
      else {
        await this.objects.remove(work, limits);
        this.applied.delete(work.key);
        this.context.logger.info(
          { output: this.output.name, object: work.key },
          'object of an output removed',
        );
      }
    } catch (error) {
      if (signal.aborted || term.signal.aborted) throw error;
      if (error instanceof KubeRequestError && error.status === undefined) term.writeMayStillArrive();
      round.failed(work.key, explanationOf(error, 'Writing failed unexpectedly.'));
      this.context.logger.debug(
        { output: this.output.name, object: work.key, err: error },
        'object not written',
      );
    }
  }

  private async apply(
    planned: PlannedObject,
    limits: { signal: AbortSignal; permit: () => void },
    round: OutputRound,
  ): Promise<void> {
    const { key, body, wanted } = planned;
    const found: Found = this.held.objects.has(key)
      ? { is: 'ours' }
      : await this.objects.look(planned, limits.signal);
    if (found.is === 'refuse') {
      round.refused.push(key);
      this.applied.delete(key);
      return;
    }
    if (found.is === 'leave' || wanted.wish === 'absent') {
      await this.leaveOrClear(planned, found, limits);
      return;
    }
    const resourceVersion = await this.objects.apply(planned, found.is !== 'none', limits);
    this.applied.set(key, { body, resourceVersion });
    this.held.expect(planned, resourceVersion);
    const log = { output: this.output.name, object: key, created: found.is === 'none' };
    if (found.is === 'adopt') this.context.logger.warn(log, 'object of somebody else adopted by an output');
    else this.context.logger.debug(log, 'object of an output applied');
  }

  /** What no watch of ours tells of is looked at again after a while. */
  private async leaveOrClear(
    { key, body, kind, wanted }: PlannedObject,
    { is, resourceVersion }: Found,
    limits: { signal: AbortSignal; permit: () => void },
  ): Promise<void> {
    if (wanted.wish === 'absent' && (is === 'ours' || is === 'adopt')) {
      const { namespace, name } = wanted;
      const version = resourceVersion ?? this.held.objects.get(key)?.metadata.resourceVersion;
      await this.objects.remove(
        { kind, namespace, name, ...(version && { resourceVersion: version }) },
        limits,
      );
      this.context.logger.info({ output: this.output.name, object: key }, 'object of an output removed');
    }
    this.applied.set(key, { body, resourceVersion: undefined, lookAgainAtMs: performance.now() + AGAIN_MS });
  }

  /** Takes note of what is there as it is wanted, and tells the output. */
  private note(planned: ReadonlyMap<string, PlannedObject>): number {
    for (const key of this.applied.keys()) if (!planned.has(key)) this.applied.delete(key);
    const held = this.held.objects;
    const keys = [...planned.values()]
      .filter(({ key, body, wanted }) =>
        wanted.wish === 'keep' ? held.has(key) : this.applied.get(key)?.body === body,
      )
      .map(({ key }) => key);
    const left = keys.filter((key) => {
      const known = this.applied.get(key);
      return known?.resourceVersion === undefined && planned.get(key)?.wanted.wish === undefined;
    });
    this.context.faults.call(this.extension, 'Output.applied', () =>
      this.output.applied(new Set(keys), new Set(left)),
    );
    // What is to stay as it is, and is not there, is nothing.
    const absent = [...planned.values()].filter(
      ({ key, wanted }) => wanted.wish === 'keep' && !held.has(key),
    );
    this.current = { ...this.current, wanted: planned.size - absent.length, applied: keys.length };
    return keys.length;
  }

  private report(round: OutputRound, planned: ReadonlyMap<string, PlannedObject>): void {
    const objects = this.note(planned);
    const { trouble } = round;
    const { message: _message, remedy: _remedy, ...before } = this.current;
    const state = trouble ? 'failing' : 'current';
    const since = state === before.state ? before.since : new Date();
    this.current = { ...before, state, since, refused: round.refused.toSorted(), ...trouble };
    if (state === before.state) return;
    const log = { output: this.output.name, objects, problem: trouble?.message, remedy: trouble?.remedy };
    if (trouble) this.context.logger.error(log, 'output is not as it should be');
    else this.context.logger.info(log, 'output is as it should be');
  }

  private waiting(): OutputStatus {
    const { name } = this.output;
    return {
      name,
      extension: this.extension,
      state: 'waiting',
      since: new Date(),
      wanted: 0,
      applied: 0,
      refused: [],
    };
  }
}
