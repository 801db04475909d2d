import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Counter, Histogram, Registry } from 'prom-client';
import { ClusterConfigChangedEvent } from '../../cluster-config/cluster-config-changed.event.ts';
import { REASONS } from '../../kube/failures/reason.ts';
import { Leadership } from '../../leader-election/leadership.ts';
import { LeadershipChangedEvent } from '../../leader-election/leadership-changed.event.ts';
import {
  AggregateUndoneEvent,
  AggregateWriteEvent,
  WRITE_RESULTS,
} from '../../storage-sync/publishing/publishing.events.ts';
import {
  PassEndedEvent,
  READ_TRIGGERS,
  SourceReadEvent,
  SYNC_TRIGGERS,
} from '../../storage-sync/reading/reading.events.ts';

const READ_RESULTS = ['ok', 'error'] as const;

/** Counts what happens. Series of a cluster go with it, and with the leadership of this replica. */
@Injectable()
export class SyncMetrics {
  private readonly reads: Counter;
  private readonly readErrors: Counter;
  private readonly readDuration: Histogram;
  private readonly passes: Counter;
  private readonly passDuration: Histogram;
  private readonly writes: Counter;
  private readonly undone: Counter;

  constructor(
    register: Registry,
    private readonly leadership: Leadership,
  ) {
    const registers = [register];
    this.reads = new Counter({
      name: 'mcce_remote_cluster_reads_total',
      help: 'Times that the source was read, or a watch brought a change.',
      labelNames: ['remote_cluster', 'result', 'trigger'],
      registers,
    });
    this.readErrors = new Counter({
      name: 'mcce_remote_cluster_read_errors_total',
      help: 'Readings that gave no content, by reason.',
      labelNames: ['remote_cluster', 'reason'],
      registers,
    });
    this.readDuration = new Histogram({
      name: 'mcce_read_duration_seconds',
      help: 'How long reading one source took.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.passes = new Counter({
      name: 'mcce_passes_total',
      help: 'Passes that have ended, by what asked for them.',
      labelNames: ['trigger'],
      registers,
    });
    this.passDuration = new Histogram({
      name: 'mcce_pass_duration_seconds',
      help: 'How long a pass took.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.writes = new Counter({
      name: 'mcce_aggregate_writes_total',
      help: 'Times that the aggregate was to be written. A conflict is tried again at once.',
      labelNames: ['result'],
      registers,
    });
    this.undone = new Counter({
      name: 'mcce_aggregate_undone_total',
      help: 'Times that a write of somebody else undid ours, or the aggregate was deleted.',
      registers,
    });
    for (const trigger of SYNC_TRIGGERS) this.passes.inc({ trigger }, 0);
    for (const result of WRITE_RESULTS) this.writes.inc({ result }, 0);
  }

  @OnEvent(SourceReadEvent.eventName)
  onRead({ cluster: remote_cluster, reason, trigger, durationMs }: SourceReadEvent): void {
    this.reads.inc({ remote_cluster, result: reason === 'ok' ? 'ok' : 'error', trigger });
    if (reason !== 'ok') this.readErrors.inc({ remote_cluster, reason });
    if (durationMs !== undefined) this.readDuration.observe(durationMs / 1_000);
  }

  @OnEvent(PassEndedEvent.eventName)
  onPassEnded({ trigger, durationMs }: PassEndedEvent): void {
    this.passes.inc({ trigger });
    this.passDuration.observe(durationMs / 1_000);
  }

  @OnEvent(AggregateWriteEvent.eventName)
  onWrite({ result }: AggregateWriteEvent): void {
    this.writes.inc({ result });
  }

  @OnEvent(AggregateUndoneEvent.eventName)
  onUndone(): void {
    this.undone.inc();
  }

  @OnEvent(ClusterConfigChangedEvent.eventName)
  onClusterConfigChanged({ removed }: ClusterConfigChangedEvent): void {
    for (const remote_cluster of removed) {
      for (const result of READ_RESULTS)
        for (const trigger of READ_TRIGGERS) this.reads.remove({ remote_cluster, result, trigger });
      for (const reason of REASONS) this.readErrors.remove({ remote_cluster, reason });
    }
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    if (this.leadership.status.role === 'leader') return;
    this.reads.reset();
    this.readErrors.reset();
  }
}
