import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { LeaseEditor } from '../support/lease-editor.ts';
import { primusLensEntry } from '../support/entries.ts';
import { ServiceRig } from './service-rig.ts';

describe('the service, scraped', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  /** Every series with its value. */
  const scrape = async (): Promise<Map<string, number>> => {
    const text = await (await rig.get('/metrics')).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  };
  const expectSeries = (wanted: Record<string, unknown>) =>
    eventually(async () => expect(Object.fromEntries(await scrape())).toMatchObject(wanted));
  const seriesOf = async (cluster: string) =>
    [...(await scrape()).keys()].filter((name) => name.includes(`remote_cluster="${cluster}"`));

  it('says what it is, in the format that Prometheus asks for', async () => {
    await rig.startService();
    const response = await rig.get('/metrics');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text).toMatch(/^mcce_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it('has every series of a known set before anything happened', async () => {
    await rig.startService();
    await expectSeries({
      'leader_election_master_status{name="multi-cluster-config-exporter"}': 1,
      'mcce_registry_state{registry="secret",state="missing"}': 1,
      'mcce_registry_state{registry="secret",state="present"}': 0,
      'mcce_registry_entries{registry="secret",state="accepted"}': 0,
      'mcce_registry_entries{registry="secret",state="rejected"}': 0,
      'mcce_remote_clusters{state="synced"}': 0,
      'mcce_remote_clusters{state="stale"}': 0,
      'mcce_aggregate_state{state="paused"}': 1,
      mcce_aggregate_limit_bytes: 1024 * 1024,
      'mcce_aggregate_writes_total{result="ok"}': 0,
      'mcce_aggregate_writes_total{result="conflict"}': 0,
      'mcce_aggregate_writes_total{result="error"}': 0,
      'mcce_passes_total{trigger="interval"}': 0,
    });
  });

  it('shows a healthy cluster', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService();
    await rig.expectPublished('one');
    await expectSeries({
      'mcce_registry_state{registry="secret",state="present"}': 1,
      'mcce_registry_entries{registry="secret",state="accepted"}': 1,
      'mcce_remote_clusters{state="synced"}': 1,
      'mcce_remote_cluster_up{remote_cluster="east"}': 1,
      'mcce_remote_cluster_watch_connected{remote_cluster="east"}': 1,
      'mcce_remote_cluster_reads_total{remote_cluster="east",result="ok",trigger="start"}': 1,
      'mcce_aggregate_state{state="published"}': 1,
      mcce_aggregate_keys: 1,
      mcce_aggregate_bytes: expect.any(Number),
      'mcce_aggregate_writes_total{result="ok"}': 1,
      'mcce_passes_total{trigger="start"}': 1,
      mcce_pass_duration_seconds_count: 1,
      mcce_read_duration_seconds_count: 1,
    });
    const series = await scrape();
    const now = Date.now() / 1_000;
    for (const name of [
      'mcce_remote_cluster_last_success_timestamp_seconds{remote_cluster="east"}',
      'mcce_aggregate_last_write_timestamp_seconds',
    ])
      expect(Math.abs(now - (series.get(name) ?? 0))).toBeLessThan(60);
    expect(series.get('mcce_aggregate_bytes')).toBeGreaterThan(0);
  });

  it('counts a change that the watch brought', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService();
    await expectSeries({ 'mcce_remote_cluster_watch_connected{remote_cluster="east"}': 1 });
    await rig.source.edit({ postgres: 'two' });
    await expectSeries({
      'mcce_remote_cluster_reads_total{remote_cluster="east",result="ok",trigger="watch"}': 1,
      mcce_read_duration_seconds_count: 1,
    });
  });

  it('shows a cluster that fails, with the reason', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService();
    await rig.expectPublished('one');
    rig.east.faults.inject({ kind: 'status', status: 401 });
    rig.east.cutConnections();
    await expectSeries({
      'mcce_remote_cluster_up{remote_cluster="east"}': 0,
      'mcce_remote_cluster_watch_connected{remote_cluster="east"}': 0,
      'mcce_remote_clusters{state="stale"}': 1,
      'mcce_remote_clusters{state="synced"}': 0,
      mcce_aggregate_keys: 1,
    });
    const series = await scrape();
    expect(
      series.get('mcce_remote_cluster_read_errors_total{remote_cluster="east",reason="unauthorized"}'),
    ).toBeGreaterThan(0);
  });

  it('shows writes that fail', async () => {
    await rig.registry.create({ east: rig.entry() });
    rig.hub.faults.inject({ kind: 'status', status: 503 }, { when: ({ method }) => method === 'PATCH' });
    await rig.startService();
    await expectSeries({ 'mcce_aggregate_state{state="failing"}': 1 });
    expect((await scrape()).get('mcce_aggregate_writes_total{result="error"}')).toBeGreaterThan(0);
  });

  it('drops the series of a cluster that leaves the registry', async () => {
    await rig.registry.create({ east: rig.entry(), west: rig.entry() });
    await rig.startService();
    await expectSeries({ 'mcce_remote_cluster_up{remote_cluster="west"}': 1 });
    await rig.registry.edit({ west: null });
    await eventually(async () => expect(await seriesOf('west')).toEqual([]));
    expect(await seriesOf('east')).not.toEqual([]);
  });

  it('shows an entry that was refused', async () => {
    await rig.registry.create({ east: '{' });
    await rig.startService();
    await expectSeries({
      'mcce_registry_state{registry="secret",state="all_rejected"}': 1,
      'mcce_registry_entries{registry="secret",state="rejected"}': 1,
      'mcce_remote_clusters{state="rejected"}': 1,
      'mcce_remote_cluster_up{remote_cluster="east"}': 0,
    });
  });

  it('says when a token ends', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: 1_900_000_000 })}.signature`;
    await rig.registry.create({
      east: primusLensEntry({ server: rig.east.url, ca: rig.east.authority.cert, token }),
    });
    await rig.startService();
    await expectSeries({
      'mcce_remote_cluster_credential_expiry_timestamp_seconds{remote_cluster="east",kind="token"}': 1_900_000_000,
    });
  });

  it('has no series of clusters while another replica leads, and none left after it led', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService({ MCCE_LEADER_ELECTION: 'true' });
    await expectSeries({
      'leader_election_master_status{name="multi-cluster-config-exporter"}': 1,
      'mcce_remote_cluster_up{remote_cluster="east"}': 1,
    });
    const lease = new LeaseEditor(rig.hub.admin, 'multi-cluster-config-exporter');
    await lease.edit({ holderIdentity: 'another', leaseTransitions: 2 });
    await expectSeries({ 'leader_election_master_status{name="multi-cluster-config-exporter"}': 0 });
    await eventually(async () => expect(await seriesOf('east')).toEqual([]));
  });

  it('names no credential and no content', async () => {
    const entry = rig.entry();
    await rig.registry.create({ east: entry });
    await rig.startService();
    await rig.expectPublished('one');
    const text = await (await rig.get('/metrics')).text();
    const { bearerToken } = JSON.parse(entry) as { bearerToken: string };
    expect(text).not.toContain(bearerToken);
    expect(text).not.toContain(rig.east.url);
  });
});
