import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { RegistryView } from '../../cluster-config/registry-view.ts';
import { Settings } from '../../config/settings.ts';
import type { SecretSnapshot } from '../../kube/secret-snapshot.ts';
import { STALE_CLUSTERS_ANNOTATION } from '../publishing/aggregate/aggregate.ts';
import {
  afterAcceptance,
  afterConfirmation,
  afterRead,
  afterRejection,
  type ClusterRecord,
  type Instant,
  keyExpiresAtMs,
  newRecord,
  withoutContent,
  withRestoredContent,
} from './cluster-record.ts';
import { restoreContent, type SourceContent } from './source-content.ts';
import type { ReadResult } from '../reading/source-reader.ts';
import { ClusterStateChangedEvent } from '../storage-sync.events.ts';

/**
 * The state of every cluster, last-known-good included, in memory. What may be published follows from it alone. Reading
 * writes it, publishing and status read it; it does no I/O. Emits {@link ClusterStateChangedEvent}.
 */
@Injectable()
export class ClusterStates {
  private readonly records = new Map<string, ClusterRecord>();

  constructor(
    private readonly settings: Settings,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(ClusterStates.name) private readonly logger: PinoLogger,
  ) {}

  /** The records of clusters in the registry, and, while the registry is gone, of those that were in it. By name. */
  get all(): ReadonlyMap<string, ClusterRecord> {
    return this.records;
  }

  /**
   * Takes what the aggregate holds as last-known-good for the clusters that have none: when we start, and when the
   * registry is back after it was gone.
   *
   * @returns every content of the aggregate that its readers can read, by cluster
   */
  adopt(aggregate: SecretSnapshot | undefined): Map<string, SourceContent> {
    const now = instant();
    const outdated = new Set(aggregate?.annotations.get(STALE_CLUSTERS_ANNOTATION)?.split(','));
    const contents = new Map<string, SourceContent>();
    for (const [name, encoded] of aggregate?.data ?? []) {
      const content = restoreContent(encoded, this.settings.payloadCheck);
      if (!content) {
        this.logger.warn(
          { cluster: name },
          'a key of the aggregate is unreadable and not taken as last-known-good',
        );
        continue;
      }
      contents.set(name, content);
      const record = this.records.get(name);
      if (record && !record.content)
        this.replace(withRestoredContent(record, content, outdated.has(name), now));
    }
    return contents;
  }

  /**
   * Follows the registry. While it is missing, empty or refused as a whole nothing is forgotten; otherwise a cluster
   * that is not in it any more is.
   */
  align(registry: RegistryView): void {
    const now = instant();
    for (const name of registry.clusters.keys()) this.replace(afterAcceptance(this.recordOf(name, now), now));
    for (const { name, reason, message } of registry.rejected.values()) {
      this.replace(afterRejection(this.recordOf(name, now), { reason, message }, now));
    }
    if (registry.state !== 'present') return;
    for (const name of this.records.keys()) {
      if (!registry.clusters.has(name) && !registry.rejected.has(name)) this.records.delete(name);
    }
  }

  /**
   * Takes the result of a reading of a cluster that is in the registry.
   *
   * @returns what of the aggregate may have to change
   */
  record(name: string, result: ReadResult): 'content' | 'marks' | 'nothing' {
    const now = instant();
    const before = this.recordOf(name, now);
    const after = afterRead(before, result, now);
    this.replace(after);
    if (after.content !== before.content) return 'content';
    return after.state === before.state && after.outdated === before.outdated ? 'nothing' : 'marks';
  }

  /** Takes the news that nothing has changed in a cluster that is watched. */
  confirm(name: string): void {
    const record = this.records.get(name);
    if (record) this.replace(afterConfirmation(record, instant()));
  }

  /**
   * Forgets keys whose time is over.
   *
   * @returns milliseconds until the next one's time is over; Infinity when there is none
   */
  expire(): number {
    const now = instant();
    let next = Number.POSITIVE_INFINITY;
    for (const record of this.records.values()) {
      const expiresAtMs = keyExpiresAtMs(record, this.settings);
      if (expiresAtMs > now.monotonicMs) {
        next = Math.min(next, expiresAtMs - now.monotonicMs);
        continue;
      }
      this.logger.warn(
        { cluster: record.name, reason: record.reason },
        'key expired, removing it from the aggregate',
      );
      this.replace(withoutContent(record, now));
    }
    return next;
  }

  /** Forgets every key: the operator deleted the aggregate while there was no registry. */
  forgetContents(): void {
    const now = instant();
    for (const record of this.records.values()) this.replace(withoutContent(record, now));
  }

  /** Forgets everything: another replica goes on, or did so since. */
  clear(): void {
    this.records.clear();
  }

  private recordOf(name: string, now: Instant): ClusterRecord {
    return this.records.get(name) ?? newRecord(name, now);
  }

  private replace(record: ClusterRecord): void {
    const previous = this.records.get(record.name);
    this.records.set(record.name, record);
    if (previous?.state === record.state && previous.reason === record.reason) return;
    const { name: cluster, state, reason, message } = record;
    const log = { cluster, state, previousState: previous?.state, reason, remedy: message };
    if (state === 'stale' || state === 'missing' || (state === 'pending' && reason !== undefined)) {
      this.logger.warn(log, 'cluster state changed');
    } else {
      this.logger.info(log, 'cluster state changed');
    }
    this.events.emit(
      ClusterStateChangedEvent.eventName,
      new ClusterStateChangedEvent(cluster, previous?.state, state, reason, message),
    );
  }
}

function instant(): Instant {
  return { wall: new Date(), monotonicMs: performance.now() };
}
