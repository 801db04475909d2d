// Measures the built exporter against many clusters on loopback, behind a network with a round trip.
//
//   npm run bench                                         everything
//   npm run bench -- --scenario isolation --clusters 500  one thing

import { parseArgs } from 'node:util';
import { SCENARIOS } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: Object.keys(SCENARIOS) },
    clusters: { type: 'string', default: '10,100,500,1000' },
    'round-trip': { type: 'string', default: '20' },
  },
});

const roundTripMs = Number(values['round-trip']);
for (const name of values.scenario) {
  const scenario = SCENARIOS[name];
  if (!scenario)
    throw new Error(`no scenario is named ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  for (const clusters of values.clusters.split(',').map(Number)) {
    console.log(`\n${name}, ${clusters} clusters, ${roundTripMs} ms round trip`);
    for (const [figure, value] of Object.entries(await scenario({ clusters, roundTripMs })))
      console.log(`  ${figure.padEnd(30)} ${value.toFixed(2).padStart(12)}`);
  }
}
