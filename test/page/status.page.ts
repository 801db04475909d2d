import { get } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FaultRig } from '../faults/fault-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { Browser } from './browser.ts';
import { IN_PAGE } from './in-page.ts';
import { OpenPage } from './open-page.ts';

const NAMES = ['ap-south-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'us-east-1', 'us-west-1'];

describe('the status page', () => {
  let rig: FaultRig;
  let exporter: ExporterProcess;
  let browser: Browser;
  let open: OpenPage;
  const down = new Set<string>();

  beforeAll(async () => {
    rig = await FaultRig.start(NAMES);
    exporter = await rig.startExporter();
    await exporter.waitUntilReady();
    browser = await Browser.start();
  });

  beforeEach(async () => {
    await allSynced();
    open = await OpenPage.open(browser, `http://127.0.0.1:${exporter.port}/`);
    await expectVerdict('Everything is in sync');
  });

  afterEach(async () => {
    for (const name of down) await bringBack(name);
    await open.close();
  });

  afterAll(async () => {
    await browser?.stop();
    await rig?.stop();
  });

  const allSynced = async () =>
    await eventually(async () => expect((await exporter.status()).counts.synced).toBe(NAMES.length), {
      timeoutMs: 20_000,
    });
  const bringBack = async (name: string) => {
    await rig.cluster(name).listen();
    down.delete(name);
  };
  const expectVerdict = async (text: string) =>
    await eventually(async () => expect(await open.verdict()).toBe(text), { timeoutMs: 20_000 });
  const takeDown = async (name: string) => {
    await rig.cluster(name).refuse();
    down.add(name);
    await eventually(async () => expect((await exporter.cluster(name)).state).toBe('stale'));
  };
  const focused = async () => await open.page.evaluate<string>(IN_PAGE.focused);

  it('shows a cluster that goes stale and comes back while it is open', async () => {
    const { page } = open;
    await page.evaluate(IN_PAGE.mark);

    await takeDown('eu-west-1');

    await expectVerdict('1 of 6 clusters not in sync');
    const problem = page.locator('.problem');
    expect(await problem.locator('h3').textContent()).toBe('Cluster unreachable');
    expect(await problem.locator('.message').textContent()).toMatch(/ECONNREFUSED/);
    expect(await problem.locator('.chip').allTextContents()).toEqual(['eu-west-1']);
    expect(await problem.locator('code').textContent()).toBe('mcce -n default check --cluster=eu-west-1');
    expect((await open.names())[0]).toBe('eu-west-1');
    await open.screenshot('stale');

    await bringBack('eu-west-1');

    await expectVerdict('Everything is in sync');
    expect(await page.locator('.problem').count()).toBe(0);
    const changes = page.locator('.timeline li .what');
    await eventually(async () =>
      expect((await changes.allTextContents()).slice(0, 2)).toEqual([
        'eu-west-1 stale → synced',
        'eu-west-1 synced → stale (connect)',
      ]),
    );
    expect(await page.evaluate(IN_PAGE.isMarked)).toBe(true);
  });

  it('causes no layout shift when a problem appears or affects another cluster', async () => {
    const before = await open.layoutShift();

    await takeDown('us-east-1');
    await expectVerdict('1 of 6 clusters not in sync');
    await takeDown('us-west-1');
    await expectVerdict('2 of 6 clusters not in sync');
    await rig.source('eu-west-2').edit({ opensearch: 'eu-west-2 other' });
    await bringBack('us-west-1');
    await expectVerdict('1 of 6 clusters not in sync');

    expect((await open.layoutShift()) - before).toBeLessThan(0.01);
  });

  it('filters, searches and sorts, and keeps that in its address', async () => {
    const { page } = open;
    await takeDown('us-east-1');
    await expectVerdict('1 of 6 clusters not in sync');

    await page.getByRole('button', { name: /^Stale/ }).click();
    expect(await open.names()).toEqual(['us-east-1']);
    expect(page.url()).toMatch(/#state=stale$/);
    await page.goBack();
    await eventually(async () => expect(await open.names()).toHaveLength(6));

    await page.getByRole('searchbox').fill('eu w');
    await eventually(async () => expect(await open.names()).toEqual(['eu-west-1', 'eu-west-2']));
    await page.getByRole('button', { name: 'Cluster', exact: true }).click();
    await page.getByRole('button', { name: 'Cluster', exact: true }).click();
    await eventually(async () => expect(await open.names()).toEqual(['eu-west-2', 'eu-west-1']));
    expect(await page.getByRole('columnheader', { name: 'Cluster' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
    const { hash } = new URL(page.url());

    const other = await OpenPage.open(browser, `http://127.0.0.1:${exporter.port}/`, hash);
    await eventually(async () => expect(await other.names()).toEqual(['eu-west-2', 'eu-west-1']));
    await other.goto('#cluster=us-east-1');
    const dialog = other.page.getByRole('dialog', { name: 'us-east-1' });
    await dialog.waitFor();
    expect(await dialog.locator('.standing').textContent()).toMatch(/^Stale, connect for \d+ s$/);
    expect(await dialog.locator('dl').textContent()).toContain(rig.cluster('us-east-1').url);
    await other.close();
  });

  it('is used by keyboard alone', async () => {
    const { page } = open;
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };

    await press('Tab', 'Enter');
    expect(await focused()).toBe('search');
    await page.keyboard.type('eu');
    await eventually(async () => expect(await open.names()).toHaveLength(3));
    await press('Control+A', 'Delete', 'Escape');
    await eventually(async () => expect(await open.names()).toHaveLength(6));

    await page.locator('.tbody .row').first().focus();
    await press('ArrowDown', 'ArrowDown');
    await eventually(async () => expect(await focused()).toBe('eu-west-1'));
    await press('End');
    await eventually(async () => expect(await focused()).toBe('us-west-1'));
    await press('Home');
    await eventually(async () => expect(await focused()).toBe('ap-south-1'));

    await press('Enter');
    await page.getByRole('dialog', { name: 'ap-south-1' }).waitFor();
    await press('Tab', 'Tab', 'Tab');
    expect(await page.evaluate(IN_PAGE.isFocusInDialog)).toBe(true);
    await press('Escape');
    await eventually(async () => expect(await page.locator('dialog').count()).toBe(0));
    expect(await focused()).toBe('ap-south-1');
    expect(new URL(page.url()).hash).toBe('');
    await press('/');
    expect(await focused()).toBe('search');
  });

  it('keeps the focus on a cluster that moves to the top', async () => {
    await open.page.locator('.tbody .row', { hasText: 'us-west-1' }).focus();

    await takeDown('us-west-1');
    await expectVerdict('1 of 6 clusters not in sync');

    expect((await open.names())[0]).toBe('us-west-1');
    expect(await focused()).toBe('us-west-1');
  });

  it.each(['light', 'dark'] as const)('is accessible in %s', async (colorScheme) => {
    const { page } = open;
    await page.emulateMedia({ colorScheme });
    expect(await open.axeViolations()).toEqual([]);
    await open.screenshot(`well-${colorScheme}`);

    await takeDown('eu-north-1');
    await takeDown('us-east-1');
    await expectVerdict('2 of 6 clusters not in sync');
    expect(await open.axeViolations()).toEqual([]);
    await open.screenshot(`problems-${colorScheme}`);

    await page.locator('.problem .chip').first().click();
    await page.getByRole('dialog').waitFor();
    expect(await open.axeViolations()).toEqual([]);
    await open.screenshot(`details-${colorScheme}`);
  });

  it('fits a screen of 320 pixels', async () => {
    const { page } = open;
    await page.setViewportSize({ width: 320, height: 640 });
    const overflow = () => page.evaluate<number>(IN_PAGE.overflow);

    expect(await overflow()).toBeLessThanOrEqual(0);
    await takeDown('eu-west-2');
    await expectVerdict('1 of 6 clusters not in sync');
    expect(await overflow()).toBeLessThanOrEqual(0);
    expect(await open.axeViolations()).toEqual([]);
    await open.screenshot('narrow');

    await page.locator('.problem .chip').first().click();
    await page.getByRole('dialog').waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await open.screenshot('narrow-details');
  });

  it('says that it is disconnected and how old its data is, and recovers', async () => {
    const other = await rig.startExporter({
      MCCE_REGISTRY_SECRET: 'other-registry',
      MCCE_AGGREGATE_SECRET: 'other',
    });
    const settings = { MCCE_HTTP_PORT: String(other.port), MCCE_LEADER_ELECTION: 'false' };
    await other.stop('SIGKILL');
    const first = await rig.startExporter(settings);
    const cut = await OpenPage.open(browser, `http://127.0.0.1:${first.port}/`);
    const connection = cut.page.locator('.connection');
    await eventually(async () => expect(await connection.textContent()).toBe('Live'));
    expect(await connection.getAttribute('role')).toBe('status');

    await first.stop('SIGKILL');

    await eventually(async () =>
      expect(await connection.textContent()).toMatch(/^Not connected data of [\d:]{8}$/),
    );
    await cut.screenshot('lost');
    expect(await cut.axeViolations()).toEqual([]);
    const second = await rig.startExporter(settings);
    await eventually(async () => expect(await connection.textContent()).toBe('Live'), { timeoutMs: 20_000 });
    await eventually(async () => expect(await cut.verdict()).toBe('Everything is in sync'), {
      timeoutMs: 20_000,
    });
    await second.stop();
    await cut.close();
  });

  it('shows the status without the stream while too many clients follow it, and goes live when one leaves', async () => {
    const stream = `http://127.0.0.1:${exporter.port}/api/v1/status/stream`;
    const others = Array.from({ length: 100 }, () => get(stream, (response) => response.resume()));
    for (const other of others) other.on('error', () => undefined);
    await eventually(async () => {
      const cut = new AbortController();
      const { status } = await fetch(stream, { signal: cut.signal });
      cut.abort();
      expect(status).toBe(503);
    });

    const late = await OpenPage.open(browser, `http://127.0.0.1:${exporter.port}/`);
    const connection = late.page.locator('.connection');
    await eventually(async () =>
      expect(await connection.textContent()).toMatch(/^Not live data of [\d:]{8}$/),
    );
    expect(await late.verdict()).toBe('Everything is in sync');
    await takeDown('eu-north-1');
    await eventually(async () => expect(await late.verdict()).toBe('1 of 6 clusters not in sync'), {
      timeoutMs: 25_000,
    });

    for (const other of others) other.destroy();
    await eventually(async () => expect(await connection.textContent()).toBe('Live'), { timeoutMs: 25_000 });
    await late.close();
  });

  it('loads only its own files and the status, under a strict policy', async () => {
    const response = await fetch(`http://127.0.0.1:${exporter.port}/`);
    const policy = response.headers.get('content-security-policy') ?? '';

    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('set-cookie')).toBeNull();
    const html = await response.text();
    expect(html.match(/(?:src|href)="[^"]*"/g)?.every((address) => /="\.\//.test(address))).toBe(true);
    const [asset = ''] = /assets\/[^"]+\.js/.exec(html) ?? [];
    expect((await exporter.get(`/${asset}`)).status).toBe(200);
    expect((await exporter.get('/assets/..%2f..%2fpackage.json')).status).toBe(404);
    // Text never becomes markup.
    expect(await open.page.evaluate(IN_PAGE.takesMarkup)).toBe(false);
    await open.page.evaluate(IN_PAGE.forgetViolations);
  });
});
