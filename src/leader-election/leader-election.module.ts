import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import type { Settings } from '../base/config/settings.ts';
import { Leadership } from './leadership.ts';
import { LeaseElector } from './lease-elector.ts';
import { LeaseTimes } from './lease-times.ts';
import { ReadingLeadership } from './reading-leadership.ts';
import { SoleLeadership } from './sole-leadership.ts';

/** DI token: false where the application is run to see what would be written. */
export const WRITES = Symbol('WRITES');

/**
 * Says which of several replicas may read and write. `Leadership` is all that others see of it:
 *
 * - `SoleLeadership`: there is no election, and this replica leads, unless it finds that another holds the Lease.
 * - `ReadingLeadership`: this process writes nothing.
 * - `LeaseElector`: the holder of the Lease leads. `Vacancy` judges when it is free, `LeaseClaim` writes it, `LeaseTerm` says
 *   how long it is ours.
 */
@Global()
@Module({})
export class LeaderElectionModule {
  /** @param options.writes false: it is run to see what would be written */
  static register(settings: Settings, { writes }: { writes: boolean }): DynamicModule {
    return {
      module: LeaderElectionModule,
      providers: [
        LeaseTimes,
        { provide: Leadership, useClass: leadershipFor(settings, writes) },
        { provide: WRITES, useValue: writes },
      ],
      exports: [Leadership, WRITES],
    };
  }
}

function leadershipFor({ leaderElection }: Settings, writes: boolean): Type<Leadership> {
  if (!writes) return ReadingLeadership;
  return leaderElection ? LeaseElector : SoleLeadership;
}
