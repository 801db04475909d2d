import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultRig } from '../faults/fault-rig.ts';
import { eventually } from '../support/eventually.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { Browser } from './browser.ts';
import { OpenPage } from './open-page.ts';

const AGGREGATE = 'multi-storage-config';
const LABEL = 'multi-cluster-config-exporter/registry';

let rig: FaultRig;
let browser: Browser;
let open: OpenPage;
let folder: string;

beforeAll(async () => {
  rig = await FaultRig.start(['east', 'west', 'north']);
  folder = await mkdtemp(join(tmpdir(), 'mcce-page-'));
  const file = join(folder, 'views.yaml');
  await writeFile(
    file,
    JSON.stringify({ views: [{ name: 'reader', clusters: ['*'], keys: ['opensearch'] }] }),
  );
  const more = new SecretEditor(rig.hub.admin, 'more-clusters');
  await more.create(
    { north: rig.entry('north') },
    { metadata: { name: 'more-clusters', labels: { [LABEL]: 'multi-k8s-config' } } },
  );
  await rig.registry.edit({ north: null });
  rig.allowExporter(undefined, [
    { verbs: ['list', 'watch'], resource: 'secrets' },
    { verbs: ['list', 'watch', 'create', 'patch'], resource: 'secrets', names: [`${AGGREGATE}-1`] },
    { verbs: ['get', 'create', 'patch', 'delete'], resource: 'secrets', names: ['reader'] },
  ]);
  const exporter = await rig.startExporter({
    MCCE_AGGREGATE_PARTS: '2',
    MCCE_EXTENSIONS: 'labelled-secrets,views',
    MCCE_X_VIEWS_FILE: file,
  });
  await exporter.waitUntilReady();
  browser = await Browser.start();
  open = await OpenPage.open(browser, `http://127.0.0.1:${exporter.port}/`);
});

afterAll(async () => {
  await open?.close();
  await browser?.stop();
  await rig?.stop();
  await rm(folder, { recursive: true });
});

const card = (name: string) => open.page.getByRole('region', { name, exact: true });

it('shows the parts of the aggregate, all registries and what extensions write', async () => {
  await eventually(async () => expect(await open.verdict()).toBe('Everything is in sync'), {
    timeoutMs: 20_000,
  });

  await eventually(async () => {
    const parts = await card('Aggregate').locator('.meter > span:first-child').allTextContents();
    expect(parts.slice(2)).toEqual([`${AGGREGATE}, 3 keys`, `${AGGREGATE}-1, 0 keys`]);
    expect(await card('Registries').locator('.fact').allTextContents()).toEqual([
      'default/multi-k8s-config2 entries',
      'labelled-secrets1 entry',
    ]);
  });
  await eventually(async () =>
    expect(await card('Outputs').locator('.fact').allTextContents()).toEqual(['viewsCurrent, 1 of 1 object']),
  );
  expect(await open.axeViolations()).toEqual([]);
  await open.screenshot('extended');
});

it('says which registry cannot be watched', async () => {
  rig.allowExporter(undefined, [
    { verbs: ['list', 'watch', 'create', 'patch'], resource: 'secrets', names: [`${AGGREGATE}-1`, 'reader'] },
  ]);
  rig.hub.cutConnections();

  await eventually(
    async () =>
      expect(await card('Registries').locator('.fact').last().textContent()).toMatch(
        /^labelled-secrets.*, not watched$/,
      ),
    { timeoutMs: 20_000 },
  );
});
