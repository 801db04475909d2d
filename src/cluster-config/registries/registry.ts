import { atOnce } from '../../base/extending/at-once.ts';
import type { ExtensionFaults } from '../../base/extending/extension-faults.ts';
import { NEARLY_FULL } from '../../kube/objects/secret-limit.ts';
import type { WatchStatus } from '../../kube/watching/object-watcher.ts';
import { GuardedCredentials } from '../credentials/guarded-credentials.ts';
import type { EntryPolicy, EntryVerdict } from '../entries/entry.ts';
import { type NamedEntry, nameEntries } from './named-entries.ts';
import type { NamingRegistry } from './registry-diff.ts';
import type { RegistrySnapshot, RegistrySource } from './registry-source.ts';
import type { RegistryState, RegistryStatus, ShadowedEntry } from './registry-view.ts';

/** How many entries of a registry were refused, and which are shadowed. */
export interface EntryCounts {
  readonly rejected: number;
  readonly shadowed: readonly ShadowedEntry[];
}

/** For a source of an extension to stop: the whole process has 10 s. Milliseconds. */
const STOP_LIMIT_MS = 2_000;
/** For a source of an extension to answer: a term begins no later. Milliseconds. */
const REFRESH_LIMIT_MS = 5_000;

const NO_NAMES: ReadonlySet<string> = new Set();

/** One registry as it was last seen, and the way to its source, which may be an extension's and fail. */
export class Registry implements NamingRegistry {
  readonly name: string;
  entries: ReadonlyMap<string, NamedEntry> = new Map();
  reserved = NO_NAMES;
  confirmation: string | undefined;
  private size: RegistryStatus['size'];
  private exists = false;
  private seen = false;
  private current: { readonly state: RegistryState; readonly since: Date } = {
    state: 'unknown',
    since: new Date(),
  };
  private counts: EntryCounts = { rejected: 0, shadowed: [] };

  /** @param extension that the source is of; undefined: the core */
  constructor(
    private readonly source: RegistrySource,
    private readonly faults: ExtensionFaults,
    private readonly extension?: string,
  ) {
    this.name = source.name;
  }

  get state(): RegistryState {
    return this.current.state;
  }

  /** Whether its source has told anything yet. */
  get isSeen(): boolean {
    return this.seen;
  }

  get status(): RegistryStatus {
    const { name, entries, current, counts, source, size, watch } = this;
    return {
      name,
      where: source.where,
      ...current,
      entries: entries.size,
      ...counts,
      ...(size && { size }),
      watch,
    };
  }

  get watch(): Readonly<WatchStatus> {
    const { since } = this.current;
    return this.call('watch', () => this.source.watch) ?? { connected: false, since, listed: this.seen };
  }

  /** @param observer called when {@link entries} may be others */
  start(observer: () => void): void {
    this.call('start', () =>
      this.source.start((snapshot) => {
        if (this.call('start', () => this.take(snapshot))) observer();
      }),
    );
  }

  async stop(): Promise<void> {
    await this.answer('stop', STOP_LIMIT_MS, () => this.source.stop());
  }

  async refresh(): Promise<boolean> {
    return (await this.answer('refresh', REFRESH_LIMIT_MS, () => this.source.refresh())) ?? false;
  }

  judge({ entry, refusal }: NamedEntry, policy: EntryPolicy): EntryVerdict {
    if (refusal) return { refused: refusal };
    if (this.extension === undefined) return this.source.judge(entry, policy);
    const verdict = this.call('judge', () => atOnce(this.source.judge(entry, policy)));
    return verdict ? guarded(verdict, this.extension, this.faults) : { refused: this.failedToJudge };
  }

  /**
   * Takes what came of the entries.
   *
   * @returns whether the state is another one
   */
  settle(counts: EntryCounts): boolean {
    this.counts = counts;
    const state = this.stateNow();
    if (state === this.state) return false;
    this.current = { state, since: new Date() };
    return true;
  }

  /** @returns true, so that it can be told from a call that failed */
  private take({ entries, confirmation, size }: RegistrySnapshot): true {
    const named = nameEntries(entries ?? []);
    if (named.size > 0) this.reserved = NO_NAMES;
    else if (this.entries.size > 0) this.reserved = new Set(this.entries.keys());
    this.entries = named;
    this.exists = entries !== undefined;
    this.seen = true;
    this.confirmation = confirmation;
    const nearlyFull = size !== undefined && size.bytes > NEARLY_FULL * size.limitBytes;
    const nearlyFullSince = this.size?.nearlyFullSince ?? new Date();
    this.size = size && { ...size, ...(nearlyFull && { nearlyFullSince }) };
    return true;
  }

  private stateNow(): RegistryState {
    if (!this.seen) return 'unknown';
    if (!this.exists) return 'missing';
    if (this.entries.size === 0) return 'empty';
    return this.counts.rejected === this.entries.size ? 'all_rejected' : 'present';
  }

  private get failedToJudge() {
    return {
      reason: 'invalid_entry' as const,
      message: `The extension ${this.extension} failed to judge the entry.`,
      remedy: 'See the log of the exporter.',
    };
  }

  private call<Result>(method: keyof RegistrySource, run: () => Result): Result | undefined {
    if (this.extension === undefined) return run();
    return this.faults.call(this.extension, `RegistrySource.${method}`, run)?.result;
  }

  private async answer<Result>(
    method: keyof RegistrySource,
    limitMs: number,
    run: () => Promise<Result>,
  ): Promise<Result | undefined> {
    if (this.extension === undefined) return await run();
    return (await this.faults.answer(this.extension, `RegistrySource.${method}`, run, limitMs))?.result;
  }
}

function guarded(verdict: EntryVerdict, extension: string, faults: ExtensionFaults): EntryVerdict {
  if (!('accepted' in verdict)) return verdict;
  const { accepted } = verdict;
  const { credentials: provider } = accepted.endpoint;
  if (!provider) return verdict;
  const credentials = new GuardedCredentials(provider, extension, faults);
  return { accepted: { ...accepted, endpoint: { ...accepted.endpoint, credentials } } };
}
