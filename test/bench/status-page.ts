import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { type BenchRig, cpuMs } from './bench-rig.ts';

/** Pages that are open at once. */
const PAGES = 50;
/** How long each situation is watched. */
const WATCH_MS = 60_000;
/** How many sources change, twice a second, while they do. */
const CHANGING = 5;

/** What open status pages cost the exporter: while nothing happens, and while ten sources change every second. */
export async function statusPage(rig: BenchRig): Promise<Record<string, number>> {
  const exporter = await rig.startSynced();
  await delay(10_000);
  const closedMiB = exporter.rssMiB();
  const closed = await shareOfCore(exporter, quiet);
  const closedBusy = await shareOfCore(exporter, () => changing(rig));

  const pages = Array.from({ length: PAGES }, () => new OpenStream(exporter.port));
  await delay(5_000);
  const firstBytes = sum(pages) / PAGES;
  const open = await shareOfCore(exporter, quiet);
  const quietBytes = sum(pages) / PAGES - firstBytes;
  const openBusy = await shareOfCore(exporter, () => changing(rig));
  const busyBytes = sum(pages) / PAGES - firstBytes - quietBytes;
  const openMiB = exporter.rssMiB();
  for (const page of pages) page.close();
  return {
    'no page, % of a core': closed,
    [`${PAGES} pages, % of a core`]: open,
    'no page, sources change, % of a core': closedBusy,
    [`${PAGES} pages, sources change, % of a core`]: openBusy,
    'no page, MiB': closedMiB,
    [`${PAGES} pages, MiB`]: openMiB,
    'to a page when it opens, KiB': firstBytes / 1_024,
    'to a page in a minute, KiB': quietBytes / 1_024,
    'to a page in a minute while sources change, KiB': busyBytes / 1_024,
  };
}

/** What a page reads. */
class OpenStream {
  bytes = 0;
  private readonly request;

  constructor(port: number) {
    this.request = get(`http://127.0.0.1:${port}/api/v1/status/stream`, (response) => {
      response.on('data', (chunk: Buffer) => {
        this.bytes += chunk.length;
      });
    });
    this.request.on('error', () => undefined);
  }

  close(): void {
    this.request.destroy();
  }
}

function sum(pages: readonly OpenStream[]): number {
  return pages.reduce((total, { bytes }) => total + bytes, 0);
}

async function quiet(): Promise<void> {
  await delay(WATCH_MS);
}

async function changing(rig: BenchRig): Promise<void> {
  const { clusters } = rig;
  for (const until = performance.now() + WATCH_MS; performance.now() < until; await delay(500)) {
    const some = Array.from({ length: CHANGING }, () => rig.random.below(clusters));
    await rig.farm.ask({ kind: 'change', clusters: some, text: String(performance.now()) });
  }
}

/** In percent. */
async function shareOfCore({ pid = 0 }: ExporterProcess, during: () => Promise<void>): Promise<number> {
  const [before, startedAt] = [cpuMs(pid), performance.now()];
  await during();
  return ((cpuMs(pid) - before) / (performance.now() - startedAt)) * 100;
}
