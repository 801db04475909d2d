import { Leadership, type LeadershipStatus, type Term } from './leadership.ts';

/** Who writes nothing need not lead: it may read beside any leader. */
export class ReadingLeadership extends Leadership {
  override readonly status: LeadershipStatus = { role: 'leader', since: new Date() };

  override readonly term: Term = {
    signal: new AbortController().signal,
    permit: () => undefined,
    writeMayStillArrive: () => undefined,
  };
}
