// Measures the built exporter against many clusters on loopback, behind a network with a round trip.
//
//   npm run bench                                         everything; takes an hour
//   npm run bench -- --scenario isolation --clusters 500  one thing
//   npm run bench -- --scenario load --minutes 10         what sources and rivals can cause, for longer
//   npm run bench -- --json result.json                   for a machine to read, too
//   npm run bench -- --plot result.svg                    propagation and memory, drawn
//   npm run bench -- --seed abc                           repeats the choices of a run

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../support/seeded-random.ts';
import { BenchRig } from './bench-rig.ts';
import { plot } from './plot.ts';
import { createReport, type Result, table } from './report.ts';
import type { Figures, Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: Object.keys(SCENARIOS) },
    clusters: { type: 'string', default: '10,100,500,1000' },
    'round-trip': { type: 'string', default: '20' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    minutes: { type: 'string', default: '2' },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
});

const { seed } = values;
const roundTripMs = Number(values['round-trip']);
const sizes = values.clusters.split(',').map(Number);
const results: Result[] = [];
console.log(`seed ${seed}`);
for (const name of values.scenario) {
  const scenario = SCENARIOS[name];
  if (!scenario)
    throw new Error(`no scenario is named ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  for (const clusters of sizes)
    results.push({ scenario: name, clusters, figures: await measure(scenario, clusters) });
  console.log(`\n${table(name, { roundTripMs, results })}`);
}
const report = createReport({ seed, roundTripMs, results });
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (values.plot !== undefined) await writeFile(values.plot, plot(report));

async function measure(scenario: Scenario, clusters: number): Promise<Figures> {
  const rig = await BenchRig.start(clusters, {
    roundTripMs,
    random: new SeededRandom(seed),
    minutes: Number(values.minutes),
  });
  try {
    return await scenario(rig);
  } finally {
    await rig.stop();
  }
}
