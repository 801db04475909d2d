import * as fc from 'fast-check';
import { pino } from 'pino';
import { PinoLogger } from 'nestjs-pino';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../cluster-config/cluster.ts';
import type { RegistryView, RejectedEntry } from '../../cluster-config/registries/registry-view.ts';
import { parseSettings } from '../../base/config/settings.ts';
import { type FailureReason, REASONS } from '../../kube/failures/reason.ts';
import { type Aggregate, CLUSTER_STATES_ANNOTATION } from '../publishing/aggregate/aggregate.ts';
import { listedItems } from '../publishing/aggregate/bounded-list.ts';
import { AggregateDraft } from '../publishing/aggregate/draft.ts';
import { ClusterStates } from './cluster-states.ts';
import { encodeSource, type SourceContent } from './source-content.ts';
import { parseMemory } from './state-memory.ts';

const NAMES = ['east', 'north', 'west'] as const;
const GRACE_MS = 60_000;
const TTL_MS = 300_000;
const FAILURES = REASONS.filter((reason) => reason !== 'ok') as FailureReason[];

type Name = (typeof NAMES)[number];
type Step =
  | { do: 'read'; name: Name; reason: 'ok' | FailureReason; revision: number }
  | { do: 'accept' | 'reject' | 'remove'; name: Name }
  | { do: 'wait'; ms: number }
  | { do: 'restart' };

const name = fc.constantFrom(...NAMES);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      name,
      reason: fc.constantFrom(
        'ok' as const,
        'ok' as const,
        'not_found' as const,
        'not_found' as const,
        ...FAILURES,
      ),
      revision: fc.nat({ max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('accept' as const, 'accept' as const, 'reject' as const, 'remove' as const),
      name,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 120_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

/** What the contract counts for one cluster, kept apart from the code under test. */
interface Ledger {
  entry: 'accepted' | 'rejected' | 'none';
  /** Of the newest read since the start of the process; undefined: none, or the entry changed. */
  newest: string | undefined;
  /** First not_found since the source was last seen, restarts or not. */
  missingSince: number | undefined;
  /** When a read last succeeded. */
  currentAt: number;
  /** Contents that were ever read. */
  read: Set<string>;
}

/** The service without its I/O: states, and an aggregate that is written whenever it differs. */
class Simulation {
  published: Aggregate['contents'] = new Map();
  /** What the hub would hold beside the contents. */
  private memory = '';
  private draft = new AggregateDraft();
  readonly ledgers = new Map<Name, Ledger>(
    NAMES.map((each) => [
      each,
      { entry: 'none', newest: undefined, missingSince: undefined, currentAt: 0, read: new Set() },
    ]),
  );
  private states!: ClusterStates;
  private adopted = false;
  private readonly staleTtl: string;

  constructor(staleTtl: string) {
    this.staleTtl = staleTtl;
    this.restart();
  }

  run(next: Step): void {
    switch (next.do) {
      case 'read':
        this.read(next);
        break;
      case 'accept':
      case 'reject':
      case 'remove':
        this.changeEntry(next.name, next.do);
        this.states.align(this.registry());
        break;
      case 'wait':
        vi.advanceTimersByTime(next.ms);
        break;
      case 'restart':
        this.restart();
        break;
    }
    if (!this.registry().usable) {
      this.adopted = false;
      return;
    }
    if (!this.adopted) {
      this.states.adopt(this.published, parseMemory(listedItems(this.memory)));
      this.states.retell();
      this.draft = new AggregateDraft({ held: [this.published] });
    }
    this.adopted = true;
    this.draft.revise(this.states.takeChanges().changes);
    this.published = new Map(this.draft.parts[0]?.contents);
    this.memory = this.draft.annotationsOf(0)[CLUSTER_STATES_ANNOTATION] ?? '';
  }

  registry(): RegistryView {
    const clusters = new Map<string, Cluster>();
    const rejected = new Map<string, RejectedEntry>();
    for (const [each, { entry }] of this.ledgers) {
      if (entry === 'accepted') clusters.set(each, { name: each, registry: 'secret' } as Cluster);
      if (entry === 'rejected')
        rejected.set(each, {
          name: each,
          registry: 'secret',
          reason: 'invalid_entry',
          message: '',
          remedy: '',
        });
    }
    const usable = clusters.size > 0;
    return {
      registries: [] as unknown as RegistryView['registries'],
      clusters,
      rejected,
      usable,
      confirmation: undefined,
      isGoneFrom: () => usable,
    };
  }

  ledger(of: Name): Ledger {
    const ledger = this.ledgers.get(of);
    if (!ledger) throw new Error('every name has a ledger');
    return ledger;
  }

  private changeEntry(of: Name, how: 'accept' | 'reject' | 'remove'): void {
    const ledger = this.ledger(of);
    // A refused entry is a reading that fails, until the entry is corrected.
    if (how === 'reject') ledger.newest = 'invalid_entry';
    else if (ledger.entry === 'rejected') ledger.newest = undefined;
    ledger.entry = how === 'accept' ? 'accepted' : how === 'reject' ? 'rejected' : 'none';
    if (how === 'remove') this.forget(of);
  }

  private read({ name: of, reason, revision }: Step & { do: 'read' }): void {
    const ledger = this.ledger(of);
    if (ledger.entry !== 'accepted') return;
    ledger.newest = reason;
    if (reason === 'ok') {
      const content = contentOf(of, revision);
      ledger.read.add(content.digest);
      ledger.currentAt = performance.now();
      ledger.missingSince = undefined;
      this.states.record(of, { reason, content });
      return;
    }
    if (reason === 'not_found') ledger.missingSince ??= performance.now();
    this.states.record(of, { reason, message: 'a message' });
  }

  private restart(): void {
    this.states = new ClusterStates(
      parseSettings({ MCCE_MISSING_GRACE: `${GRACE_MS}ms`, MCCE_STALE_TTL: this.staleTtl }),
      new EventEmitter2(),
      new PinoLogger({ pinoHttp: { logger: pino({ level: 'silent' }) } }),
    );
    this.states.align(this.registry());
    this.adopted = false;
    for (const ledger of this.ledgers.values()) ledger.newest = undefined;
  }

  private forget(of: Name): void {
    if (!this.registry().usable) return;
    Object.assign(this.ledger(of), {
      newest: undefined,
      missingSince: undefined,
      currentAt: performance.now(),
    });
  }
}

/** Why a key may go, by the table of the contract; undefined when it must stay. */
function permission(ledger: Ledger, ttlMs: number): string | undefined {
  // After a restart times are known to the second.
  const now = performance.now() + 1_000;
  if (ledger.entry === 'none') return 'its entry was removed';
  const missing = ledger.entry === 'accepted' && ledger.newest === 'not_found';
  if (missing && ledger.missingSince !== undefined && now >= ledger.missingSince + GRACE_MS)
    return 'the grace is over';
  if (!missing && ledger.newest !== 'ok' && ttlMs > 0 && now >= ledger.currentAt + ttlMs)
    return 'the TTL is over';
  return undefined;
}

describe.each([
  ['without a TTL', '0', 0],
  ['with a TTL', `${TTL_MS}ms`, TTL_MS],
])('over any history of results, entries and restarts, %s,', (_what, staleTtl, ttlMs) => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const simulate = (
    steps: readonly Step[],
    check: (simulation: Simulation, before: Aggregate['contents']) => void,
  ) => {
    const simulation = new Simulation(staleTtl);
    for (const each of NAMES) simulation.run({ do: 'accept', name: each });
    for (const each of NAMES) simulation.run({ do: 'read', name: each, reason: 'ok', revision: 0 });
    for (const next of steps) {
      const before = simulation.published;
      simulation.run(next);
      check(simulation, before);
    }
  };
  const history = fc.array(step, { maxLength: 60 });

  it('a key goes only for a reason that the contract names', () => {
    fc.assert(
      fc.property(history, (steps) => {
        simulate(steps, (simulation, before) => {
          for (const each of NAMES) {
            if (!before.has(each) || simulation.published.has(each)) continue;
            expect(permission(simulation.ledger(each), ttlMs)).toBeDefined();
          }
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('no key goes when the clock of the machine jumps', () => {
    const missing: Step = { do: 'read', name: 'east', reason: 'not_found', revision: 0 };
    simulate([missing, { do: 'wait', ms: 1 }], (simulation) => {
      vi.setSystemTime(new Date(Date.now() + 10 * 365 * 24 * 3_600_000));
      expect(simulation.published.size).toBe(NAMES.length);
    });
  });

  it('a key that went comes back only by a good read', () => {
    fc.assert(
      fc.property(history, (steps) => {
        simulate(steps, (simulation, before) => {
          for (const each of NAMES) {
            if (before.has(each) || !simulation.published.has(each)) continue;
            expect(simulation.ledger(each).newest).toBe('ok');
          }
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('a key holds only what was read from its own cluster', () => {
    fc.assert(
      fc.property(history, (steps) => {
        simulate(steps, (simulation) => {
          for (const [each, { digest }] of simulation.published) {
            expect(simulation.ledger(each as Name).read.has(digest)).toBe(true);
          }
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('nothing changes while the registry names no usable cluster', () => {
    fc.assert(
      fc.property(history, (steps) => {
        simulate(steps, (simulation, before) => {
          if (!simulation.registry().usable) expect(simulation.published).toEqual(before);
        });
      }),
      { numRuns: 500 },
    );
  });
});

function contentOf(of: string, revision: number): SourceContent {
  const content = encodeSource(new Map([['key', Buffer.from(`${of} ${revision}`).toString('base64')]]));
  if (!content) throw new Error('the builder encodes valid data');
  return content;
}
