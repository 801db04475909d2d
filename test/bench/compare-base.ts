import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ExporterProcess } from '../support/exporter-process.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { BenchRig, cpuMs } from './bench-rig.ts';
const rig = await BenchRig.start(500, { roundTripMs: 20, random: new SeededRandom('x'), minutes: 1 });
const token = randomBytes(24).toString('hex');
rig.hub.authorizer.addAdmin(token);
for (let round = 0; round < 3; round++)
  for (const program of ['/tmp/base18/dist/mcce.js', '/tmp/wt18/dist/mcce.js']) {
    const t = performance.now();
    const exporter = await ExporterProcess.start(
      { server: rig.hub.url, ca: rig.hub.authority.cert, token },
      { MCCE_LOG_LEVEL: 'info' },
      { program },
    );
    const listening = performance.now() - t;
    while (!exporter.log.some((l) => l.message === 'pass ended')) await delay(20);
    const pass = performance.now() - t;
    await delay(20_000);
    const c = cpuMs(exporter.pid ?? 0);
    await delay(40_000);
    console.log(
      program.slice(5, 11),
      'listening',
      Math.round(listening),
      'first pass',
      Math.round(pass),
      'rss',
      exporter.rssMiB(),
      'cpu%',
      ((cpuMs(exporter.pid ?? 0) - c) / 400).toFixed(2),
    );
    await exporter.stop();
    await rig.aggregate.delete();
  }
await rig.stop();
process.exit(0);
