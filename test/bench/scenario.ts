import type { BenchRig } from './bench-rig.ts';

/** Figures by name: milliseconds, unless the name says otherwise. */
export type Figures = Record<string, number>;

/** One thing that is measured. It gets a fleet of its own, all clusters in the registry and no exporter yet. */
export type Scenario = (rig: BenchRig) => Promise<Figures>;

/** How often what varies from run to run is repeated. */
export const REPETITIONS = 5;
