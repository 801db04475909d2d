import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import PQueue from 'p-queue';
import { Counter, Registry } from 'prom-client';
import {
  Backoff,
  ClusterConfigChangedEvent,
  HUB_BACKOFF,
  KeepingLoop,
  Leadership,
  LeadershipChangedEvent,
  Settings,
  type Term,
} from '../../index.ts';
import { RegistrySecret } from './registry-secret.ts';
import { type RenewableEntry, renewableEntry } from './renewable-entry.ts';
import { dueAt } from './renewable-token.ts';
import { Renewal, type RenewalOutcome } from './renewal.ts';
import { RenewalProblems } from './renewal-problems.ts';

/** How tokens are renewed. */
export interface RenewalPolicy {
  /** That is asked for. Milliseconds. */
  readonly durationMs: number;
  /** Of a token's life after which it is renewed, 0 to 1. */
  readonly share: number;
}

/** The token of {@link RenewalPolicy}. */
export const RENEWAL_POLICY = Symbol('RenewalPolicy');

/** Renewals under way at once. */
const AT_ONCE = 16;
/** After a change of the registry, most often our own. Milliseconds. */
const SETTLING_MS = 1_000;
/** Between two renewals of an entry, whatever its tokens say of themselves. Milliseconds. */
const PAUSE_MS = 60_000;
/** Between two tries of an entry that fail: a tenth of the time that is left, within these bounds. Milliseconds. */
const RETRY_MS = { min: 10_000, max: 600_000, share: 0.1 };

const RESULTS = ['renewed', 'dropped', 'failed'] as const satisfies RenewalOutcome['result'][];

/** When an entry is looked at again at the earliest. */
interface Rest {
  /** For which that holds; undefined: for any. */
  readonly content: string | undefined;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

/** Renews the tokens of the registry Secret in time, while this replica leads. Works from what the registry holds, and keeps nothing that a restart would miss. */
@Injectable()
export class TokenRenewal implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: KeepingLoop;
  private readonly renewals: Counter;
  private readonly rests = new Map<string, Rest>();

  constructor(
    @Inject(RENEWAL_POLICY) private readonly policy: RenewalPolicy,
    private readonly settings: Settings,
    private readonly leadership: Leadership,
    private readonly registry: RegistrySecret,
    private readonly renewal: Renewal,
    private readonly problems: RenewalProblems,
    register: Registry,
    @InjectPinoLogger(TokenRenewal.name) private readonly logger: PinoLogger,
  ) {
    this.loop = new KeepingLoop({
      attempt: (signal) => this.attempt(signal),
      notBeforeMs: () => Number.NEGATIVE_INFINITY,
      retries: new Backoff(HUB_BACKOFF),
    });
    this.renewals = new Counter({
      name: 'mcce_token_renewals_total',
      help: 'Tokens of entries that were to be renewed, by result.',
      labelNames: ['result'],
      registers: [register],
    });
    for (const result of RESULTS) this.renewals.inc({ result }, 0);
  }

  onApplicationBootstrap(): void {
    this.loop.start();
    this.loop.ask();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    this.loop.wake();
  }

  @OnEvent(ClusterConfigChangedEvent.eventName)
  onRegistryChanged(): void {
    this.loop.ask(SETTLING_MS);
  }

  /** @returns milliseconds until the next token is due */
  private async attempt(stopping: AbortSignal): Promise<number> {
    const { term } = this.leadership;
    if (!term) {
      this.problems.keep(new Map());
      this.rests.clear();
      return Number.POSITIVE_INFINITY;
    }
    const signal = AbortSignal.any([term.signal, stopping]);
    try {
      return await this.renewDue(term, signal);
    } catch (error) {
      if (signal.aborted) return Number.POSITIVE_INFINITY;
      this.logger.warn({ err: error }, 'tokens could not be looked at');
      throw error;
    }
  }

  private async renewDue(term: Term, signal: AbortSignal): Promise<number> {
    const contents = await this.registry.read(signal);
    this.problems.keep(contents);
    for (const name of this.rests.keys()) if (!contents.has(name)) this.rests.delete(name);
    const entries = [...contents].flatMap(
      ([name, content]) => renewableEntry(name, content, this.settings) ?? [],
    );
    const now = Date.now();
    // Those that expired have no way back: the core tells of them.
    const valid = entries.filter(({ token }) => token.expires.getTime() > now);
    const due = valid
      .filter((entry) => this.timeFor(entry) <= now)
      .toSorted((a, b) => a.token.expires.getTime() - b.token.expires.getTime());
    await this.renewAll(due, term, signal);
    const waiting = valid.filter((entry) => !due.includes(entry)).map((entry) => this.timeFor(entry));
    const resting = due.map(({ name }) => this.rests.get(name)?.untilMs ?? Number.POSITIVE_INFINITY);
    return Math.max(0, Math.min(...waiting, ...resting) - Date.now());
  }

  private async renewAll(due: readonly RenewableEntry[], term: Term, signal: AbortSignal): Promise<void> {
    const queue = new PQueue({ concurrency: AT_ONCE });
    const ends = await Promise.allSettled(
      due.map((entry) => queue.add(() => this.renew(entry, term, signal))),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** @returns milliseconds since the epoch */
  private timeFor({ name, content, token }: RenewableEntry): number {
    const rest = this.rests.get(name);
    const rests = rest && (rest.content === undefined || rest.content === content);
    return Math.max(dueAt(token, this.policy.share), rests ? rest.untilMs : 0);
  }

  private async renew(entry: RenewableEntry, term: Term, signal: AbortSignal): Promise<void> {
    const { name: cluster, content, token } = entry;
    if (signal.aborted) return;
    const outcome = await this.renewal.renew(entry, this.policy.durationMs, term, signal);
    this.renewals.inc({ result: outcome.result });
    switch (outcome.result) {
      case 'renewed': {
        this.problems.end(cluster);
        const expires = outcome.expires.getTime();
        const pauseMs = Math.min(PAUSE_MS, ((expires - Date.now()) * this.policy.share) / 2);
        this.rests.set(cluster, { content: undefined, untilMs: Date.now() + Math.max(1_000, pauseMs) });
        this.logger.info({ cluster, expires: outcome.expires.toISOString() }, 'token renewed');
        return;
      }
      case 'dropped':
        // The registry changed, and is looked at again.
        this.logger.info({ cluster }, 'entry changed while its token was renewed, it stays as it is');
        return;
      case 'failed': {
        const { code, message, remedy } = outcome;
        this.problems.put(cluster, content, code, { message, ...(remedy !== undefined && { remedy }) });
        const leftMs = (token.expires.getTime() - Date.now()) * RETRY_MS.share;
        const retryMs = Math.min(RETRY_MS.max, Math.max(RETRY_MS.min, leftMs));
        this.rests.set(cluster, { content, untilMs: Date.now() + retryMs });
        this.logger.warn({ cluster, problem: message, remedy }, 'token not renewed, the entry keeps it');
      }
    }
  }
}
