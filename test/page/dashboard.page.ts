import { get } from 'node:http';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet } from '../e2e/fleet.ts';
import { createPod, deletePod } from '../e2e/pod-object.ts';
import { Child } from '../support/child.ts';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { MCCE, mcce } from '../support/mcce.ts';
import { Browser } from './browser.ts';
import { OpenPage } from './open-page.ts';

const EXPORTER = 'multi-cluster-config-exporter';

describe('mcce dashboard', () => {
  let fleet: Fleet;
  let leader: ExporterProcess;
  let standby: ExporterProcess;
  let dashboard: Child;
  let address: string;

  beforeAll(async () => {
    fleet = await Fleet.start(['east']);
    await fleet.source('east').create({ postgres: 'one' });
    await fleet.registry.create({
      east: primusLensEntry(await fleet.access('east', { seconds: 30 * 86_400 })),
    });
    leader = await fleet.startExporter({ MCCE_LEADER_ELECTION: 'true' });
    await eventually(async () => expect((await leader.status()).counts.synced).toBe(1), {
      timeoutMs: 30_000,
    });
    standby = await fleet.startExporter({ MCCE_LEADER_ELECTION: 'true' });
    await podOf(leader);
    const env = { PATH: process.env.PATH, KUBECONFIG: fleet.hub.kubeconfig };
    dashboard = new Child(process.execPath, [MCCE, 'dashboard'], { env });
    address = await eventually(() => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+\//.exec(dashboard.output) ?? [];
      if (found === undefined) throw new Error(`no address: ${dashboard.output}`);
      return found;
    });
  });

  afterAll(async () => {
    await dashboard?.stop('SIGKILL');
    await deletePod(fleet.hub.admin, 'default', hostname());
    await fleet?.stop();
  });

  /** Makes the one Pod object of this machine lead to an exporter. */
  const podOf = async ({ port }: ExporterProcess) => {
    await deletePod(fleet.hub.admin, 'default', hostname());
    await createPod(fleet.hub.admin, {
      name: hostname(),
      port,
      namespace: 'default',
      serviceAccount: EXPORTER,
    });
  };
  const answerTo = async (path: string, host: string) =>
    await new Promise<number | undefined>((resolve, reject) => {
      get(`${address}${path}`, { headers: { host } }, (response) => resolve(response.resume().statusCode)).on(
        'error',
        reject,
      );
    });

  it('relays the status page and nothing else, to this machine alone', async () => {
    const { host } = new URL(address);

    expect(await answerTo('', host)).toBe(200);
    expect(await answerTo('api/v1/status', host)).toBe(200);
    expect(await answerTo('', host.replace('127.0.0.1', 'localhost'))).toBe(200);
    expect(await answerTo('', 'evil.example')).toBe(403);
    for (const path of ['metrics', 'health', '..%2f..%2fsecrets', 'assets/..%2f..%2fx.js', 'api/v1/secrets'])
      expect(await answerTo(path, host), path).toBe(404);
    expect((await fetch(address, { method: 'POST' })).status).toBe(404);
    const page = await fetch(address);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('says what is wrong where it cannot begin', async () => {
    const { port } = new URL(address);

    expect(await mcce(['dashboard', '--port', port], { KUBECONFIG: fleet.hub.kubeconfig })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /The port \d+ cannot be listened on \(EADDRINUSE\)\. Give another by --port/,
      ),
    });
    expect(await mcce(['dashboard', '-n', 'nowhere'], { KUBECONFIG: fleet.hub.kubeconfig })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere'),
    });
  });

  it('follows the leader through a failover while the page is open', async () => {
    const browser = await Browser.start();
    const open = await OpenPage.open(browser, address);
    const connection = open.page.locator('.connection');
    await eventually(async () => expect(await open.verdict()).toBe('Everything is in sync'));
    const before = (await leader.status()).leadership.election?.identity;
    expect(await open.page.locator('aside').textContent()).toContain(before);

    await leader.stop('SIGKILL');
    await eventually(async () => expect(await connection.textContent()).toMatch(/^Not connected/));
    await eventually(async () => expect((await standby.status()).leadership.role).toBe('leader'), {
      timeoutMs: 30_000,
    });
    await podOf(standby);

    await eventually(async () => expect(await connection.textContent()).toBe('Live'), { timeoutMs: 30_000 });
    await eventually(async () => expect(await open.verdict()).toBe('Everything is in sync'), {
      timeoutMs: 30_000,
    });
    const after = (await standby.status()).leadership.election?.identity;
    expect(after).not.toBe(before);
    expect(await open.page.locator('aside').textContent()).toContain(after);
    await open.close();
    await browser.stop();

    dashboard.process.kill('SIGINT');
    expect(await dashboard.ended).toBe(0);
    expect(dashboard.output).toContain(`The pod default/${hostname()} leads.`);
  });
});
