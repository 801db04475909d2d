import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Settings } from '../config/settings.ts';
import { Leadership } from './leadership.ts';
import { LeaseElector } from './lease-elector.ts';
import { LeaseTimes } from './lease-times.ts';
import { SoleLeadership } from './sole-leadership.ts';

/**
 * Says which of several replicas may read and write. `Leadership` is all that others see of it:
 *
 * - `SoleLeadership`: there is no election, and this replica leads.
 * - `LeaseElector`: whoever holds the Lease leads. `Vacancy` judges when it is free, `LeaseClaim` writes it, `LeaseTerm` says
 *   how long it is ours.
 */
@Global()
@Module({})
export class LeaderElectionModule {
  static register({ leaderElection }: Settings): DynamicModule {
    return {
      module: LeaderElectionModule,
      providers: [
        LeaseTimes,
        { provide: Leadership, useClass: leaderElection ? LeaseElector : SoleLeadership },
      ],
      exports: [Leadership],
    };
  }
}
