import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provisionTools } from '../chart/tools.ts';
import { Fleet } from '../e2e/fleet.ts';
import { createPod, deletePod } from '../e2e/pod-object.ts';
import { Child } from '../support/child.ts';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { Browser } from './browser.ts';
import { OpenPage } from './open-page.ts';

const EXPORTER = 'multi-cluster-config-exporter';
const STANDBY = 'exporter-standby';

describe('the status page behind a real API server', () => {
  let fleet: Fleet;
  let browser: Browser;
  let proxy: Child;
  let leader: ExporterProcess;
  let base: string;

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
    const standby = await fleet.startExporter({ MCCE_LEADER_ELECTION: 'true' });
    for (const [name, { port }] of [
      [hostname(), leader],
      [STANDBY, standby],
    ] as const)
      await createPod(fleet.hub.admin, { name, port, namespace: 'default', serviceAccount: EXPORTER });
    const { kubectl } = await provisionTools();
    proxy = new Child(kubectl, ['proxy', '--port=0', `--kubeconfig=${fleet.hub.kubeconfig}`]);
    const address = await eventually(() => {
      const [, found] = /Starting to serve on (\S+)/.exec(proxy.output) ?? [];
      if (found === undefined) throw new Error(`kubectl proxy does not listen: ${proxy.output}`);
      return found;
    });
    base = `http://${address}/api/v1/namespaces/default/pods`;
    browser = await Browser.start();
  });

  afterAll(async () => {
    await browser?.stop();
    await proxy?.stop();
    for (const name of [hostname(), STANDBY]) await deletePod(fleet.hub.admin, 'default', name);
    await fleet?.stop();
  });

  it('works with the path of the pod before all its addresses, live', async () => {
    const open = await OpenPage.open(browser, `${base}/${hostname()}:${leader.port}/proxy/`);
    await eventually(async () => expect(await open.verdict()).toBe('Everything is in sync'));
    expect(await open.page.locator('.connection').textContent()).toBe('Live');

    await fleet.source('east').delete();

    await eventually(async () => expect(await open.verdict()).toBe('1 of 1 cluster not in sync'));
    expect(await open.page.locator('.problem h3').textContent()).toBe('Source missing');
    await open.screenshot('behind-the-api-server');
    await fleet.source('east').create({ postgres: 'two' });
    await eventually(async () => expect(await open.verdict()).toBe('Everything is in sync'));
    await open.close();
  });

  it('of a replica that stands by says who leads, and leads there', async () => {
    const pod = await fleet.hub.admin.must('GET', `/api/v1/namespaces/default/pods/${STANDBY}`);
    const containers = (pod.spec as { containers: { ports: { containerPort: number }[] }[] }).containers;
    const port = containers[0]?.ports[0]?.containerPort;
    const open = await OpenPage.open(browser, `${base}/${STANDBY}:${port}/proxy/`);
    await eventually(async () => expect(await open.verdict()).toBe('This replica stands by'));

    const { leadership } = await leader.status();
    expect(await open.page.locator('.holder').textContent()).toBe(leadership.election?.identity);
    expect(await open.page.locator('.standby code').textContent()).toBe('mcce -n default dashboard');
    expect(await open.axeViolations()).toEqual([]);
    await open.screenshot('standby');
    const link = open.page.getByRole('link', { name: 'Open its page' });
    // The two listen on one machine here, and so on two ports; pods would have the same.
    expect(await link.getAttribute('href')).toBe(`${new URL(base).pathname}/${hostname()}:${port}/proxy/`);
    await open.close();
  });
});
