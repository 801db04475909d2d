import { Module } from '@nestjs/common';
import { HealthModule } from '../../health/health.module.ts';
import { EventPace } from './event-pace.ts';
import { EventReporter } from './event-reporter.ts';

/**
 * Tells operators what has changed by Kubernetes' own Events: `kubectl events --for secret/multi-storage-config`. Not to be
 * confused with the events inside this process, on which it wakes.
 *
 * `EventReporter` looks at the status → `conditions.ts` says how everything stands → `transitions.ts` what of that is news →
 * `EventClient` writes it.
 */
@Module({ imports: [HealthModule], providers: [EventPace, EventReporter] })
export class KubeEventsModule {}
