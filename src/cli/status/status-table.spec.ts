import { describe, expect, it } from 'vitest';
import {
  aCluster,
  aStaleCluster,
  aStatus,
  NOW,
  secondsAgo,
  withAggregate,
  withClusters,
  withRegistry,
} from '../../../test/support/statuses.ts';
import type { Display } from '../terminal.ts';
import type { StatusDocument } from './status-document.ts';
import { statusTable } from './status-table.ts';

const plain: Display = { columns: undefined, tone: (_tone, text) => text };
const marked: Display = { columns: undefined, tone: (tone, text) => `<${tone} ${text}>` };
const now = NOW.getTime();
const table = (status: StatusDocument, wide = false) => statusTable(status, plain, { wide, now });
const fleet = aStatus(
  withClusters(
    aCluster('center-eu-1'),
    aStaleCluster('east'),
    aCluster('west', {
      state: 'rejected',
      reason: 'unsafe_entry',
      message: 'The field exec is refused; remove it.',
      lastSuccess: secondsAgo(86_400 * 3),
    }),
  ),
);

describe('the table of a status', () => {
  it('shows the Secrets, the clusters, and what is to be done', () => {
    expect(`\n${table(fleet)}\n`).toBe(`
3 clusters: 1 rejected, 1 stale, 1 synced

            STATE       SINCE   KEYS   SIZE               LAST-WRITE
registry    present     12d     3
aggregate   published   12d     3      3.7 KiB of 1 MiB   5m ago

NAME          STATE      REASON         SINCE   LAST-SUCCESS   CREDENTIALS
west          rejected   unsafe_entry   60m     3d ago         in 362d
east          stale      timeout        5m      5m ago         in 362d
center-eu-1   synced     ok             60m     12s ago        in 362d

cluster/east: The server did not answer in time. Check the network and the load of the server. Run: mcce -n storage check --cluster=east
cluster/west: The field exec is refused; remove it. Run: mcce -n storage check --cluster=west
`);
  });

  it('fits a terminal of 80 columns, with the longest state and reason', () => {
    const status = aStatus(
      withClusters(aCluster('production-1', { state: 'rejected', reason: 'invalid_payload' })),
      withRegistry({ state: 'all_rejected' }),
      withAggregate({ keys: 1_000, bytes: 1_048_576 }),
    );
    const tables = table(status).split('\n\n').slice(0, 3).join('\n');

    expect(Math.max(...tables.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('has watch, server, message and Secrets when it is wide', () => {
    const [, secrets, clusters, ...rest] = table(fleet, true).split('\n\n');

    expect(secrets).toMatch(/LAST-WRITE +SECRET\nregistry .+ storage\/multi-k8s-config\n/);
    expect(clusters).toMatch(/CREDENTIALS +WATCH +SERVER +MESSAGE\n/);
    expect(clusters).toMatch(
      /east .+ lost +https:\/\/east\.example:6443 +The server did not answer in time\. Check /,
    );
    expect(rest).toEqual([]);
  });

  it('says what the Secrets lack, wide or not', () => {
    const status = aStatus(withRegistry({ state: 'missing' }), withAggregate({ state: 'paused' }));

    for (const wide of [false, true]) {
      expect(table(status, wide)).toContain(
        '\n\nNo cluster.\n\nregistry: The registry does not exist on the hub. Create it by adding a cluster. Run: mcce -n storage cluster list\naggregate: The aggregate is left as it is, since the registry names no cluster that can be used.',
      );
    }
  });

  it('says once what many clusters share, errors before warnings', () => {
    const names = Array.from({ length: 13 }, (_, index) => `cluster-${index + 10}`);
    const expiring = aCluster('z', { credentials: [{ kind: 'token', expires: secondsAgo(-60) }] });
    const status = aStatus(withClusters(expiring, ...names.map((name) => aStaleCluster(name))));

    expect(table(status).split('\n').slice(-2)).toEqual([
      expect.stringMatching(
        /^cluster\/cluster-10, cluster\/cluster-11, cluster\/cluster-12 and 10 more: The server did not answer/,
      ),
      expect.stringMatching(/^warning: cluster\/z\/token: The token expires on 2026-11-23T10:01:00/),
    ]);
  });

  it('takes one line for many of a code, whatever they say in detail', () => {
    const clusters = Array.from({ length: 500 }, (_, index) =>
      aCluster(`c${index}`, { credentials: [{ kind: 'token', expires: secondsAgo(-60 - index) }] }),
    );

    expect(
      table(aStatus(withClusters(...clusters)))
        .split('\n\n')
        .at(-1),
    ).toMatch(
      /^warning: cluster\/c0\/token, cluster\/c1\/token, cluster\/c2\/token and 497 more: such as: The token expires on [^\n]+$/,
    );
  });

  it('shows what is good and what is bad by colours', () => {
    const status = aStatus(
      withClusters(
        aCluster('east'),
        aStaleCluster('west'),
        aCluster('north', { state: 'missing', credentials: [{ kind: 'token', expires: secondsAgo(1) }] }),
      ),
      withAggregate({ state: 'failing', bytes: 900 * 1_024, nearlyFullSince: secondsAgo(1) }),
    );

    expect(statusTable(status, marked, { now }).match(/<[^>]+>/g)).toEqual([
      '<good present>',
      '<bad failing>',
      '<warning 900 KiB of 1 MiB>',
      '<bad missing>',
      '<bad expired>',
      '<warning stale>',
      '<good synced>',
    ]);
  });
});
