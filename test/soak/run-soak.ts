// Random faults for a given time, against a model of what the aggregate must be.
//
//   npm run soak -- --minutes 30            prints its seed
//   npm run soak -- --minutes 5 --seed abc  repeats the choices of that seed
//   npm run soak -- --replicas 2            with two exporters, of which one leads
//   npm run soak -- --parts 3 --clusters 24 with contents so large that the aggregate has three parts

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';
import { Violation } from './soak-model.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    clusters: { type: 'string', default: '6' },
    replicas: { type: 'string', default: '1' },
    parts: { type: 'string', default: '1' },
  },
});

console.log(
  `seed ${values.seed}, ${values.minutes} minutes, ${values.clusters} clusters, ${values.replicas} replicas, ${values.parts} parts`,
);
try {
  const result = await soak({
    seed: values.seed,
    durationMs: Number(values.minutes) * 60_000,
    clusters: Number(values.clusters),
    replicas: Number(values.replicas),
    parts: Number(values.parts),
    onRest: (progress) => console.log(JSON.stringify(progress)),
  });
  console.log(`no violation: ${JSON.stringify(result)}`);
} catch (error) {
  if (!(error instanceof Violation)) throw error;
  console.error(`violation: ${error.message}`);
  process.exitCode = 1;
}
