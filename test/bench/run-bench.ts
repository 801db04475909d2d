// Measures the built exporter against many clusters on loopback, behind a network with a round trip.
//
//   npm run bench                                         everything; takes a quarter of an hour
//   npm run bench -- --scenario isolation --clusters 500  one thing
//   npm run bench -- --json result.json                   for a machine to read, too

import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { BenchRig } from './bench-rig.ts';
import { type Figures, SCENARIOS, type Scenario } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: Object.keys(SCENARIOS) },
    clusters: { type: 'string', default: '10,100,500,1000' },
    'round-trip': { type: 'string', default: '20' },
    json: { type: 'string' },
  },
});

const roundTripMs = Number(values['round-trip']);
const sizes = values.clusters.split(',').map(Number);
const results: { scenario: string; clusters: number; figures: Figures }[] = [];
for (const name of values.scenario) {
  const scenario = SCENARIOS[name];
  if (!scenario)
    throw new Error(`no scenario is named ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  for (const clusters of sizes)
    results.push({ scenario: name, clusters, figures: await measure(scenario, clusters) });
  printTable(name);
}
if (values.json !== undefined) {
  const machine = {
    processor: cpus()[0]?.model,
    processors: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
  };
  const report = { version: packageJson.version, machine, roundTripMs, results };
  await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
}

async function measure(scenario: Scenario, clusters: number): Promise<Figures> {
  const rig = await BenchRig.start(clusters, roundTripMs);
  try {
    return await scenario(rig);
  } finally {
    await rig.stop();
  }
}

function printTable(scenario: string): void {
  const columns = results.filter((result) => result.scenario === scenario);
  const figures = Object.keys(columns[0]?.figures ?? {});
  const width = Math.max(...figures.map(({ length }) => length));
  const row = (title: string, cells: readonly string[]) =>
    console.log(`${title.padEnd(width)}${cells.map((cell) => cell.padStart(11)).join('')}`);
  console.log('');
  row(
    `${scenario}, ${roundTripMs} ms round trip`,
    columns.map(({ clusters }) => String(clusters)),
  );
  for (const figure of figures)
    row(
      figure,
      columns.map((column) =>
        (column.figures[figure] ?? Number.NaN).toFixed(
          figure.endsWith('ratio') || figure.includes('%') ? 2 : 0,
        ),
      ),
    );
}
