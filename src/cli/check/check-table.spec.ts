import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../exit-code.ts';
import { Terminal } from '../terminal.ts';
import { checkReport, exitCodeOf, targetReport } from './check-report.ts';
import { checkTable } from './check-table.ts';
import type { StepReport } from './step-runner.ts';

const GOOD: StepReport[] = [
  { step: 'DNS', verdict: 'skipped', message: 'The server is an IP address.' },
  { step: 'TLS', verdict: 'good', message: 'The server certificate expires in 30d.' },
];
const FAILED: StepReport[] = [
  { step: 'TCP', verdict: 'good' },
  { step: 'TLS', verdict: 'warning', message: 'The server certificate expires in 3d.', remedy: 'Renew it.' },
  {
    step: 'permission',
    verdict: 'failed',
    message: 'The credentials may not get the Secret storage/storage-config.',
    remedy: 'Grant it:\nmcce manifests cluster -n storage | kubectl apply -f - --context a-name-that-is-long',
  },
  { step: 'source', verdict: 'skipped' },
  { step: 'payload', verdict: 'skipped' },
];

describe('checkTable', () => {
  const hub = targetReport({ server: 'https://hub:6443' }, GOOD);
  const east = targetReport({ name: 'east', server: 'https://east:6443' }, GOOD);
  const west = targetReport({ name: 'west', server: undefined }, FAILED);
  // No terminal, and so no colours.
  const terminal = new Terminal({}, new PassThrough() as unknown as NodeJS.WriteStream);

  it('has one line for what is good, and every step for what is not', () => {
    const table = checkTable(checkReport(hub, [west, east]), terminal, false);

    expect(table).toBe(`The hub is good. 2 clusters: 1 failed, 1 good
✓ hub  https://hub:6443
✗ cluster west
  ✓ TCP
  ! TLS             The server certificate expires in 3d.
      Renew it.
  ✗ permission      The credentials may not get the Secret
                    storage/storage-config.
      Grant it:
      mcce manifests cluster -n storage | kubectl apply -f - --context a-name-that-is-long
  - not tried       source, payload
✓ cluster east  https://east:6443`);
  });

  it('has every step of all when it is wide', () => {
    expect(checkTable(checkReport(hub, []), terminal, true)).toBe(`The hub is good; no cluster was checked.
✓ hub  https://hub:6443
  - DNS             The server is an IP address.
  ✓ TLS             The server certificate expires in 30d.`);
  });

  it('says once what many clusters share', () => {
    const expiring = (name: string): StepReport => ({
      step: 'authentication',
      verdict: 'warning',
      message: 'The token expires in 3d.',
      remedy: `Renew it in time: mcce cluster rotate ${name}`,
    });
    const names = Array.from({ length: 250 }, (_, index) => `c${index}`);
    const warned = names.map((name) => targetReport({ name, server: `https://${name}` }, [expiring(name)]));
    const good = names.map((name) => targetReport({ name: `g${name}`, server: `https://${name}` }, GOOD));

    expect(
      checkTable(checkReport(hub, [west, ...warned, ...good]), terminal, false)
        .split('\n')
        .slice(11),
    ).toEqual([
      '! 250 clusters: c0, c1, c2 and 247 more',
      '  ! authentication  The token expires in 3d.',
      '      Renew it in time: mcce cluster rotate NAME',
      '✓ 250 clusters: gc0, gc1, gc2 and 247 more',
    ]);
  });

  it('ends with 0 when all is well, 1 when a step failed, 2 when there was no registry to look at', () => {
    expect(exitCodeOf(checkReport(hub, [east]), true)).toBe(EXIT.good);
    expect(exitCodeOf(checkReport(hub, [east, west]), true)).toBe(EXIT.degraded);
    expect(exitCodeOf(checkReport(hub, []), false)).toBe(EXIT.failed);
  });
});
