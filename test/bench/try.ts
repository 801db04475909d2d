import { BenchRig, cpuMs } from './bench-rig.ts';
import { percentile } from './statistics.ts';
const n = Number(process.argv[2]);
let t = performance.now();
const rig = await BenchRig.start(n, 20);
console.log('farm up', Math.round(performance.now() - t));
t = performance.now();
const exporter = await rig.startSynced({ MCCE_SYNC_INTERVAL: '30s' });
console.log('synced', Math.round(performance.now() - t), 'rss', exporter.rssMiB());
const samples: number[] = [];
for (let i = 0; i < 20; i++) samples.push(...(await rig.propagate([i % n])));
console.log('propagation p50 p99', percentile(samples, 0.5), percentile(samples, 0.99));
const c = cpuMs(exporter.pid!);
await new Promise((r) => setTimeout(r, 10000));
console.log(
  'cpu ms in 10 s',
  cpuMs(exporter.pid!) - c,
  await rig.farm.ask({ kind: 'counters' }),
  exporter.rssMiB(),
);
console.log(
  exporter.log.filter((l) => l.message === 'pass ended').slice(-3),
  exporter.log.filter((l) => l.message === 'aggregate written').slice(-3),
);
await rig.stop();
process.exit();
