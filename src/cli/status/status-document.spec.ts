import { describe, expect, it } from 'vitest';
import { aStatus, secondsAgo, withLeadership } from '../../../test/support/statuses.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { leadersStatus } from './status-document.ts';

const election = {
  lease: { namespace: 'storage', name: 'multi-cluster-config-exporter' },
  identity: 'exporter-2_b',
  holder: 'exporter-1_a',
  watch: { connected: true, since: secondsAgo(9), listed: true },
};

describe('the status of a replica', () => {
  it('counts when it leads', () => {
    const status = aStatus();

    expect(leadersStatus(status, 'here')).toBe(status);
  });

  it('does not count when it stands by; the leader is named', () => {
    const status = aStatus(withLeadership({ role: 'standby', since: secondsAgo(9), election }));

    expect(() => leadersStatus(status, 'http://localhost:8080')).toThrow(
      "The replica at http://localhost:8080 stands by and knows no cluster's state; exporter-1_a holds the Lease storage/multi-cluster-config-exporter. Ask the leader.",
    );
  });

  it('does not count while nobody leads', () => {
    const status = aStatus(
      withLeadership({ role: 'unknown', since: secondsAgo(9), election: { ...election, holder: '' } }),
    );

    expect(() => leadersStatus(status, 'here')).toThrow(
      /does not lead and knows no cluster's state; nobody holds the Lease/,
    );
  });

  it.each([undefined, null, 'Status', [], {}, { kind: 'Status' }, { ...aStatus(), apiVersion: 'other/v1' }])(
    'is nothing else that answers: %j',
    (answer) => {
      expect(() => leadersStatus(answer, 'here')).toThrow(CommandFailedError);
    },
  );
});
