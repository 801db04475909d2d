// Shows the exporter at work: a sandbox hub with three clusters, and the real service beside them.
//
//   npm run demo             goes on until Ctrl-C
//   npm run demo -- --once   waits until every cluster is synced, prints the keys and states, and ends

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { DemoFleet } from './demo-fleet.ts';
import { DemoScreen } from './demo-screen.ts';

const REFRESH_MS = 250;
const STEP_MS = 5_000;

const { values: options } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const screen = new DemoScreen(!options.once);
screen.say('starting a hub and the clusters east, north and west, and the exporter');
const fleet = await DemoFleet.start();
screen.page = `http://127.0.0.1:${fleet.exporter.port}/`;
if (!options.once) screen.say(`the status page is at ${screen.page} while this runs`);
try {
  await allSynced();
  if (!stopping.signal.aborted) await refresh();
  if (!options.once) await Promise.all([refreshUntilStopped(), playUntilStopped()]);
} finally {
  if (!options.once) screen.say('ending: the exporter finishes what it does, then the API servers stop');
  await fleet.stop();
  screen.close();
}

async function allSynced(): Promise<void> {
  await eventually(async () => {
    if (stopping.signal.aborted) return;
    const { counts, aggregate } = await fleet.exporter.status();
    if (counts.synced !== 3 || aggregate.keys !== 3) throw new Error('not every cluster is synced');
  });
}

async function refresh(): Promise<void> {
  screen.show(await fleet.exporter.status(), await fleet.aggregate.data());
}

async function refreshUntilStopped(): Promise<void> {
  while (!stopping.signal.aborted) {
    await refresh();
    await pause(REFRESH_MS);
  }
}

async function playUntilStopped(): Promise<void> {
  for (let round = 2; ; round++) {
    const steps: [string, () => Promise<void>][] = [
      ['the source in east changes', () => fleet.changeSource('east', round)],
      ['north goes down: its key stays, it is named as stale', () => fleet.takeDown('north')],
      ['the source in west changes while north is down', () => fleet.changeSource('west', round)],
      ['north comes back', () => fleet.bringBack('north')],
      [
        'somebody breaks the aggregate by hand: it is restored',
        () => fleet.aggregate.edit({ east: 'oops', junk: '' }),
      ],
      ['the token of west is rotated', () => fleet.registry.edit({ west: fleet.entry('west') })],
      ['east leaves the registry: its key goes', () => fleet.registry.edit({ east: null })],
      ['east joins again', () => fleet.registry.edit({ east: fleet.entry('east') })],
    ];
    for (const [text, run] of steps) {
      await pause(STEP_MS);
      if (stopping.signal.aborted) return;
      screen.say(text);
      await run();
    }
  }
}

async function pause(ms: number): Promise<void> {
  await delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
}
