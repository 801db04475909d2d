import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { RegistryView } from '../../cluster-config/registries/registry-view.ts';
import { Settings } from '../../base/config/settings.ts';
import { ClusterStateChangedEvent } from './cluster-state-changed.event.ts';
import {
  afterAcceptance,
  afterConfirmation,
  afterDeparture,
  afterLossOfRegistry,
  afterRead,
  afterReconsideration,
  afterRejection,
  type ClusterRecord,
  type Instant,
  keyExpiresAtMs,
  newRecord,
  type RememberedState,
  withoutContent,
  withRestoredContent,
} from './cluster-record.ts';
import { ContentChangedEvent } from './content-changed.event.ts';
import type { Observation } from './observation.ts';
import { departuresAmong, keysByRegistry, NO_KEYS } from './departures.ts';
import type { Departures, HeldRemoval } from './removal-guard.ts';
import { Removals } from './removals.ts';
import type { SourceContent } from './source-content.ts';
import { isRememberedAlike, memoryOf } from './state-memory.ts';

/** What the aggregate should hold of one cluster. */
export interface WantedKey {
  readonly content: SourceContent;
  /** What it should remember of the cluster's state; undefined: nothing, since all is well. */
  readonly memory: string | undefined;
}

/** What of the aggregate may have to change: a content, or only what it says about one. */
export type StateChange = 'content' | 'memory';

/**
 * The state of every cluster, last-known-good included, in memory. What may be published follows from it alone. Reading
 * writes it, publishing and status read it; it does no I/O. Emits {@link ClusterStateChangedEvent}.
 */
@Injectable()
export class ClusterStates {
  private readonly records = new Map<string, ClusterRecord>();
  private readonly removals: Removals;
  /** Clusters of which the aggregate may have to hold something else than it was told. */
  private readonly changed = new Set<string>();
  /** What it was told to remember of whom. */
  private readonly remembered = new Set<string>();
  /** Whether a key whose cluster no registry names is that of a cluster that left: no registry is without an answer. */
  private orphansAreGone = false;
  private listener: (change: StateChange) => void = () => undefined;

  constructor(
    private readonly settings: Settings,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(ClusterStates.name) private readonly logger: PinoLogger,
  ) {
    this.removals = new Removals(settings.removalGuard, events, logger);
  }

  /** The records of clusters that a registry names, and of those that left and whose key is kept. By name. */
  get all(): ReadonlyMap<string, ClusterRecord> {
    return this.records;
  }

  /** The removal of keys that waits to be confirmed. */
  get heldRemoval(): HeldRemoval | undefined {
    return this.removals.held;
  }

  /** What the aggregate should remember of how the last removal was confirmed. */
  get usedConfirmation(): string | undefined {
    return this.removals.usedConfirmation;
  }

  /** Has a listener called whenever {@link takeChanges} may have something new. It must not throw. */
  onChange(listener: (change: StateChange) => void): void {
    this.listener = listener;
  }

  /**
   * Takes what the aggregate holds as last-known-good for the clusters that have none: when we start, and when a
   * registry is back after all were gone. A key whose cluster no registry names is that of a cluster that left, if all are there.
   *
   * @param usedConfirmation see {@link usedConfirmation}
   */
  adopt(
    contents: ReadonlyMap<string, SourceContent>,
    memory: ReadonlyMap<string, RememberedState>,
    usedConfirmation?: string,
  ): void {
    const now = instant();
    const held: string[] = [];
    for (const [name, content] of contents) {
      const known = this.records.get(name);
      if (known?.content) continue;
      const record = known ?? this.orphan(name, now);
      this.replace(withRestoredContent(record, content, memory.get(name), now));
      if (!known && memory.get(name)?.removed) held.push(name);
    }
    this.removals.recall(held, usedConfirmation, this.gone());
  }

  /** Follows the registries. While one is missing, empty or refused as a whole no cluster of it counts as gone. */
  align(view: RegistryView): void {
    const now = instant();
    for (const { name, registry } of view.clusters.values())
      this.replace(afterAcceptance(this.recordOf(name, now), registry, now));
    for (const { name, registry, reason, message, remedy } of view.rejected.values())
      this.replace(afterRejection(this.recordOf(name, now), registry, { reason, message, remedy }, now));
    this.orphansAreGone = view.isGoneFrom(undefined);
    if (!view.usable) return;
    for (const record of this.records.values()) {
      const { name, registry, content } = record;
      if (view.clusters.has(name) || view.rejected.has(name)) continue;
      if (!view.isGoneFrom(registry)) this.replace(afterLossOfRegistry(record));
      else if (content) this.replace(afterDeparture(record, now));
      else this.forget(name);
    }
    this.removals.confirm(view.confirmation, this.gone());
  }

  /** Takes the result of a reading of a cluster that is in the registry. */
  record(name: string, result: Observation): void {
    const now = instant();
    this.replace(afterRead(this.recordOf(name, now), result, now));
  }

  /** Takes what a content comes to now, though its source was not read: how it stands with that stays as it is. */
  reconsider(name: string, observation: Observation): void {
    const record = this.records.get(name);
    if (record) this.replace(afterReconsideration(record, observation, instant()));
  }

  /** Takes the news that nothing has changed in a cluster that is watched. */
  confirm(name: string): void {
    const record = this.records.get(name);
    if (record) this.replace(afterConfirmation(record, instant()));
  }

  /**
   * What the aggregate should hold otherwise than it was last told, by cluster; undefined: no key. Keys whose time is over are
   * forgotten, and so are those of clusters that left, unless the guard holds them.
   *
   * @returns changes; and milliseconds until there may be more, Infinity when only news can bring them
   */
  takeChanges(): { changes: Map<string, WantedKey | undefined>; nextInMs: number } {
    const now = instant();
    this.releaseGone(now);
    let nextMs = Number.POSITIVE_INFINITY;
    for (const record of this.records.values()) nextMs = Math.min(nextMs, this.settle(record, now));
    const changes = new Map([...this.changed].map((name) => [name, this.wanted(name, now)]));
    this.changed.clear();
    for (const [name, key] of changes) {
      if (key?.memory === undefined) this.remembered.delete(name);
      else this.remembered.add(name);
    }
    return { changes, nextInMs: nextMs - now.monotonicMs };
  }

  /** Forgets every key: the operator deleted the aggregate while there was no registry. */
  forgetContents(): void {
    const now = instant();
    for (const record of this.records.values()) {
      if (record.goneSince) this.forget(record.name);
      else this.replace(withoutContent(record, now));
    }
    this.releaseGone(now);
  }

  /** Lets {@link takeChanges} begin with every cluster: what the aggregate holds has to be looked at again as a whole. */
  retell(): void {
    for (const name of this.records.keys()) this.changed.add(name);
  }

  /** Forgets everything: another replica continues, or did so since. */
  clear(): void {
    this.records.clear();
    this.changed.clear();
    this.remembered.clear();
    this.removals.clear();
  }

  /** Removes the keys of clusters that left, as far as the guard lets them go. */
  private releaseGone(now: Instant): void {
    const gone = this.gone();
    const keys = gone.size > 0 ? keysByRegistry(this.records.values()) : NO_KEYS;
    for (const name of this.removals.release(gone, keys, now)) this.forget(name);
  }

  private gone(): Departures {
    return departuresAmong(this.records.values());
  }

  /** A key that no registry names. */
  private orphan(name: string, now: Instant): ClusterRecord {
    const record = newRecord(name, now);
    return this.orphansAreGone ? afterDeparture(record, now) : afterLossOfRegistry(record);
  }

  /** @returns when the record has to be looked at again, on the monotonic clock */
  private settle(record: ClusterRecord, now: Instant): number {
    const expiresAtMs = keyExpiresAtMs(record, this.settings);
    if (expiresAtMs <= now.monotonicMs) {
      this.logger.warn(
        { cluster: record.name, reason: record.reason },
        'key expired, removing it from the aggregate',
      );
      this.replace(withoutContent(record, now));
      return Number.POSITIVE_INFINITY;
    }
    if (this.remembered.has(record.name)) return expiresAtMs;
    const dueAtMs = this.rememberAtMs(record);
    if (dueAtMs > now.monotonicMs) return Math.min(expiresAtMs, dueAtMs);
    this.changed.add(record.name);
    return expiresAtMs;
  }

  private wanted(name: string, now: Instant): WantedKey | undefined {
    const record = this.records.get(name);
    if (!record?.content) return undefined;
    const memory = this.rememberAtMs(record) <= now.monotonicMs ? memoryOf(record) : undefined;
    return { content: record.content, memory };
  }

  /** A single failure is no news for the readers of the aggregate. That a key is held is, and what the aggregate says already it continues to say. */
  private rememberAtMs({ name, content, outdatedAtMs, remembered, goneSince }: ClusterRecord): number {
    if (!content || outdatedAtMs === undefined) return Number.POSITIVE_INFINITY;
    const atOnce = goneSince !== undefined || remembered || this.remembered.has(name);
    return atOnce ? 0 : outdatedAtMs + this.settings.staleAfterMs;
  }

  private recordOf(name: string, now: Instant): ClusterRecord {
    return this.records.get(name) ?? newRecord(name, now);
  }

  private replace(record: ClusterRecord): void {
    const previous = this.records.get(record.name);
    this.records.set(record.name, record);
    this.noteChange(previous, record);
    if (previous?.state === record.state && previous.reason === record.reason) return;
    const { name: cluster, state, reason, explanation } = record;
    const log = {
      cluster,
      state,
      previousState: previous?.state,
      reason,
      problem: explanation?.message,
      remedy: explanation?.remedy,
    };
    if (state === 'stale' || state === 'missing' || (state === 'pending' && reason !== undefined)) {
      this.logger.warn(log, 'cluster state changed');
    } else {
      this.logger.info(log, 'cluster state changed');
    }
    this.events.emit(
      ClusterStateChangedEvent.eventName,
      new ClusterStateChangedEvent(cluster, previous?.state, state, reason, explanation?.message),
    );
  }

  private forget(name: string): void {
    const had = this.records.get(name)?.content !== undefined;
    this.records.delete(name);
    if (had) this.note(name, 'content');
  }

  private noteChange(previous: ClusterRecord | undefined, record: ClusterRecord): void {
    if (previous?.content !== record.content) this.note(record.name, 'content');
    else if (previous && record.content && !this.isKeptAlike(previous, record))
      this.note(record.name, 'memory');
  }

  /** Whether the same is remembered of both, and their keys are kept for as long. */
  private isKeptAlike(one: ClusterRecord, other: ClusterRecord): boolean {
    if (one.outdatedAtMs !== other.outdatedAtMs) return false;
    if (keyExpiresAtMs(one, this.settings) !== keyExpiresAtMs(other, this.settings)) return false;
    return other.outdatedAtMs === undefined || isRememberedAlike(one, other);
  }

  private note(name: string, change: StateChange): void {
    this.changed.add(name);
    this.listener(change);
    if (change === 'content') this.events.emit(ContentChangedEvent.eventName, new ContentChangedEvent(name));
  }
}

function instant(): Instant {
  return { wall: new Date(), monotonicMs: performance.now() };
}
