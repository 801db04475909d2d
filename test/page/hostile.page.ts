import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { updateOf } from '../../src/status-page/front-end/model/fleet.ts';
import { FaultRig } from '../faults/fault-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { aCluster, aStaleCluster, aStatus, withClusters } from '../support/statuses.ts';
import { Browser } from './browser.ts';
import { OpenPage } from './open-page.ts';

/** What a registry entry or an API server's response might contain. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(2)</script>',
  '"><svg/onload=alert(3)>',
  'javascript:alert(4)',
  "'; alert(5); '",
  '{{7*7}}${7*7}',
  '<style>*{display:none}</style>',
  '</div></main>',
  '__proto__',
  'constructor',
  `${'x'.repeat(500)}<b>`,
];

describe('the status page with hostile names and messages', () => {
  let rig: FaultRig;
  let exporter: ExporterProcess;
  let browser: Browser;

  beforeAll(async () => {
    rig = await FaultRig.start(['east']);
    exporter = await rig.startExporter();
    await exporter.waitUntilReady();
    browser = await Browser.start();
  });

  afterAll(async () => {
    await browser?.stop();
    await rig?.stop();
  });

  /** Opens the real page, with the stream that the exporter would send for this status. */
  const openWith = async (status: ReturnType<typeof aStatus>, hash = '') => {
    const update = JSON.stringify(updateOf(status));
    await browser.context.route('**/api/v1/status/stream*', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: `id: x.1\ndata: ${update}\n\n` }),
    );
    const open = await OpenPage.open(browser, `http://127.0.0.1:${exporter.port}/`, hash);
    await eventually(async () => expect(await open.verdict()).toContain('not in sync'));
    return open;
  };

  it('shows them as text', async () => {
    const status = aStatus(
      withClusters(
        ...HOSTILE.map((text) => ({
          ...aStaleCluster(text),
          message: text,
          remedy: text,
          server: `https://${text}`,
        })),
        aCluster('well'),
      ),
    );
    const open = await openWith(status);

    await open.page.locator('#clusters').scrollIntoViewIfNeeded();
    await eventually(async () =>
      expect((await open.names()).toSorted()).toEqual([...HOSTILE, 'well'].toSorted()),
    );
    const messages = await open.page.locator('.problem .message').allTextContents();
    expect(new Set(messages)).toEqual(new Set(HOSTILE));
    for (const tag of ['img', 'script:not([src])', 'style', 'b', 'svg[onload]'])
      expect(await open.page.locator(`#page ${tag}`).count(), tag).toBe(0);
    expect(await open.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await open.axeViolations()).toEqual([]);
    await open.screenshot('hostile');
    await open.close();
  });

  it('opens the details by address, and quotes the command', async () => {
    const [name = ''] = HOSTILE;
    const open = await openWith(
      aStatus(withClusters(aStaleCluster(name), aCluster('well'))),
      `#cluster=${encodeURIComponent(name)}`,
    );

    const dialog = open.page.getByRole('dialog');
    await dialog.waitFor();
    expect(await dialog.locator('h2').textContent()).toBe(name);
    expect(await dialog.locator('code').textContent()).toBe(`mcce -n storage check '--cluster=${name}'`);
    await open.close();
  });

  it('escapes invisible characters that make names look alike', async () => {
    const names = ['east\u202egnitset', 'ea\u200bst', 'east\n', 'east'];
    const open = await openWith(aStatus(withClusters(...names.map((name) => aStaleCluster(name)))));

    expect((await open.names()).toSorted()).toEqual(
      ['east', String.raw`east\u000a`, String.raw`east\u202egnitset`, String.raw`ea\u200bst`].toSorted(),
    );
    await open.close();
  });
});
