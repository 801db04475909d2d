import { BenchRig } from './bench-rig.ts';
import { percentile } from './statistics.ts';

/** What a scenario may use. */
export interface BenchOptions {
  clusters: number;
  roundTripMs: number;
}

/** Figures by name. Milliseconds unless the name says otherwise. */
export type Figures = Record<string, number>;

/** One thing that is measured, on a fleet of its own. */
export type Scenario = (options: BenchOptions) => Promise<Figures>;

const CHANGES = 60;
/** Share of the clusters that is cut off. */
const CUT_OFF = 0.1;

/** Whether healthy clusters are published as fast while a tenth of all is behind a black hole. */
async function isolation({ clusters, roundTripMs }: BenchOptions): Promise<Figures> {
  const rig = await BenchRig.start(clusters, roundTripMs);
  try {
    const exporter = await rig.startSynced({ MCCE_SYNC_INTERVAL: '1s' });
    const healthy = Array.from({ length: clusters }, (_, index) => index).slice(
      Math.ceil(clusters * CUT_OFF),
    );
    const cutOff = Array.from({ length: clusters - healthy.length }, (_, index) => index);
    const changeOneByOne = async () => {
      const times: number[] = [];
      for (let count = 0; count < CHANGES; count++)
        times.push(...(await rig.propagate([healthy[count % healthy.length] ?? 0])));
      return times;
    };

    const without = await changeOneByOne();
    await rig.farm.ask({ kind: 'black-hole', clusters: cutOff });
    const during = await changeOneByOne();
    const { counts } = await exporter.status();
    return {
      'p50 without': percentile(without, 0.5),
      'p99 without': percentile(without, 0.99),
      'p50 with 10% cut off': percentile(during, 0.5),
      'p99 with 10% cut off': percentile(during, 0.99),
      'ratio of p50': percentile(during, 0.5) / percentile(without, 0.5),
      'ratio of p99': percentile(during, 0.99) / percentile(without, 0.99),
      'clusters stale': counts.stale,
    };
  } finally {
    await rig.stop();
  }
}

/** Every scenario by its name on the command line. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = { isolation };
