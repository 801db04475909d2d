// Takes the pictures of the README, in light and dark: the status page and mcce status, of the demo with some faults.
//
//   npm run pictures

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { Browser } from '../page/browser.ts';
import { eventually } from '../support/eventually.ts';
import { mcce } from '../support/mcce.ts';
import { DemoFleet } from './demo-fleet.ts';
import { terminalPage } from './terminal-page.ts';

const PICTURES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const SCHEMES = ['light', 'dark'] as const;
const REGIONS = ['ap-south', 'ap-southeast', 'eu-central', 'eu-north', 'eu-west', 'us-east', 'us-west'];

await mkdir(PICTURES, { recursive: true });
const fleet = await DemoFleet.start(REGIONS.flatMap((region) => [`${region}-1`, `${region}-2`]));
const browser = await Browser.start({ deviceScaleFactor: 1.5 });
try {
  await untilCounts({ synced: 14 });
  await fleet.takeDown('us-east-1');
  await fleet.takeDown('us-east-2');
  await fleet.registry.edit({
    'eu-north-2': 'kubectl config view --raw',
    'ap-south-1': fleet.entry('ap-south-1', 5),
  });
  await untilCounts({ stale: 2, rejected: 1, synced: 11 });

  const page = await browser.context.newPage();
  await page.setViewportSize({ width: 1320, height: 900 });
  await page.goto(`http://127.0.0.1:${fleet.exporter.port}/`);
  await page.getByText('not in sync').waitFor();
  await inBothSchemes(page, 'status-page');

  const url = `http://127.0.0.1:${fleet.exporter.port}`;
  const { stdout } = await mcce(['status', '--url', url], { FORCE_COLOR: '1' });
  const terminal = await browser.context.newPage();
  await terminal.setContent(terminalPage('mcce status', stdout));
  await inBothSchemes(terminal, 'mcce-status', 'main');
} finally {
  await browser.stop();
  await fleet.stop();
}

async function untilCounts(counts: Readonly<Record<string, number>>): Promise<void> {
  await eventually(
    async () => {
      const status = await fleet.exporter.status();
      if (Object.entries(counts).some(([state, count]) => Reflect.get(status.counts, state) !== count))
        throw new Error(`the demo is not there yet: ${JSON.stringify(status.counts)}`);
    },
    { timeoutMs: 30_000 },
  );
}

async function inBothSchemes(page: Page, name: string, element?: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    const path = `${PICTURES}${name}-${colorScheme}.png`;
    if (element === undefined) await page.screenshot({ path });
    else await page.locator(element).screenshot({ path });
    process.stdout.write(`${path}\n`);
  }
}
