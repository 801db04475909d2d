import { Leadership, type LeadershipStatus, type Term } from './leadership.ts';

/** Without an election there is one replica, and it leads for as long as it runs. */
export class SoleLeadership extends Leadership {
  override readonly status: LeadershipStatus = { role: 'leader', since: new Date() };

  override readonly term: Term = {
    signal: new AbortController().signal,
    permit: () => undefined,
    writeMayStillArrive: () => undefined,
  };
}
