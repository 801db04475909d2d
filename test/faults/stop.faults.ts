import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { LeaseEditor } from '../support/lease-editor.ts';
import { FaultRig } from './fault-rig.ts';

const DELAY_MS = 4_000;
const SETTINGS = { MCCE_LEADER_ELECTION: 'true', MCCE_SHUTDOWN_DELAY: `${DELAY_MS}ms` };

describe('an exporter that is stopped', () => {
  let rig: FaultRig;
  let lease: LeaseEditor;

  beforeEach(async () => {
    rig = await FaultRig.start(['east']);
    lease = new LeaseEditor(rig.hub.admin, 'multi-cluster-config-exporter');
  });

  afterEach(async () => {
    await rig?.stop();
  });

  it('serves until its clients have noticed, is not ready at once, and releases the Lease early', async () => {
    const exporter = await rig.startExporter(SETTINGS);
    await exporter.waitUntilReady();
    const stoppedAt = performance.now();
    exporter.signal('SIGTERM');

    await delay(300);
    expect((await exporter.get('/readyz')).status).toBe(503);
    expect((await exporter.get('/livez')).status).toBe(200);
    await eventually(async () => expect((await lease.spec()).holderIdentity).toBe(''), { timeoutMs: 2_000 });
    const { leadership } = await exporter.status();
    expect(leadership).toMatchObject({ role: 'standby' });
    expect((await exporter.get('/metrics')).text).toContain(
      'leader_election_master_status{name="multi-cluster-config-exporter"} 0',
    );
    expect(performance.now() - stoppedAt).toBeLessThan(DELAY_MS);

    expect(await exporter.ended).toBe(0);
    const stoppedAfter = performance.now() - stoppedAt;
    expect(stoppedAfter).toBeGreaterThan(DELAY_MS);
    expect(stoppedAfter).toBeLessThan(DELAY_MS + 3_000);
  });

  it('is not ready at once although the hub hangs, and ends within 10 s', async () => {
    const exporter = await rig.startExporter(SETTINGS);
    await exporter.waitUntilReady();
    rig.hub.faults.inject({ kind: 'hang' });
    await rig.source('east').edit({ opensearch: 'east 2' });
    await delay(500);
    const stoppedAt = performance.now();
    exporter.signal('SIGTERM');

    await delay(300);
    expect((await exporter.get('/readyz')).status).toBe(503);
    expect((await exporter.get('/livez')).status).toBe(200);

    expect(await exporter.ended).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(10_000);
  });

  it('ends at once on Ctrl-C: nobody waits for it', async () => {
    const exporter = await rig.startExporter(SETTINGS);
    await exporter.waitUntilReady();
    const stoppedAt = performance.now();

    expect(await exporter.stop('SIGINT')).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(DELAY_MS - 500);
  });
});
