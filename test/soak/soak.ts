import { setTimeout as delay } from 'node:timers/promises';
import { SECRET_LIMIT_BYTES } from '../../src/kube/objects/secret-limit.ts';
import { FaultRig } from '../faults/fault-rig.ts';
import { eventually } from '../support/eventually.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { drawAction, type Scene } from './soak-actions.ts';
import { SoakModel, Violation } from './soak-model.ts';
import { SoakReplicas } from './soak-replicas.ts';

/** How a soak runs. */
export interface SoakOptions {
  seed: string;
  durationMs: number;
  clusters: number;
  /** How many exporters run; from two on they elect a leader. */
  replicas?: number;
  /** How many parts the aggregate needs for its contents. */
  parts?: number;
  /** Told after every rest. */
  onRest?: (progress: SoakResult) => void;
}

/** What a soak did. */
export interface SoakResult {
  seed: string;
  actions: number;
  /** How often every fault was ended and the aggregate was what the model says. */
  rests: number;
  /** Slowest of these, from the end of the faults to equal. */
  slowestRestMs: number;
  /** States of the aggregate that were looked at. */
  states: number;
  /** How often an exporter was killed, stopped or paused. */
  interruptions: number;
  /** Resident memory of the leader at the newest rest, in MiB. */
  rssMiB: number;
}

const ACTIONS_BETWEEN_RESTS = 60;
/**
 * Watches and tries are back within 10 s, what a rival undid is restored within 30 s once that is seen, a leader that was killed is replaced within
 * 17 s, and the machine may be busy.
 */
const REST_LIMIT_MS = 50_000;
const REST_LIMIT_OF_REPLICAS_MS = 70_000;

/**
 * Lets random faults loose on a fleet, and holds every state of the aggregate against a model of what it must be.
 *
 * @throws Violation with the seed and the last actions
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { seed, durationMs, clusters, replicas: replicaCount = 1, parts = 1, onRest } = options;
  const names = Array.from({ length: clusters }, (_, index) => `c${index}`);
  const rig = await FaultRig.start(names, {}, { parts });
  const random = new SeededRandom(seed);
  const model = new SoakModel(rig, names, parts > 1 ? contentBytes(parts, clusters) : 0);
  const result: SoakResult = {
    seed,
    actions: 0,
    rests: 0,
    slowestRestMs: 0,
    states: 0,
    interruptions: 0,
    rssMiB: 0,
  };
  const recent: string[] = [];
  const replicas = new SoakReplicas(rig, replicaCount);
  const restLimitMs = replicaCount > 1 ? REST_LIMIT_OF_REPLICAS_MS : REST_LIMIT_MS;
  const scene: Scene = { rig, model, random, replicas };
  try {
    for (const cluster of model.clusters.values())
      rig.cluster(cluster.name).editSecret('storage-config', { opensearch: model.textOf(cluster) });
    await replicas.start();
    await rest();
    const endsAt = performance.now() + durationMs;
    while (performance.now() < endsAt) {
      for (let count = 0; count < ACTIONS_BETWEEN_RESTS; count++) await act();
      await rest();
      onRest?.(result);
    }
    return result;
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    const actions = `seed ${seed}, action ${result.actions}; the last ones:\n  ${recent.join('\n  ')}`;
    throw new Violation(`${error.message}\n  ${actions}\n${replicas.logs(60)}`, { cause: error });
  } finally {
    await rig.stop();
  }

  async function act(): Promise<void> {
    const action = drawAction(random);
    const cluster = model.clusters.get(names[random.below(names.length)] ?? '');
    if (!cluster) throw new Error('every name has a cluster');
    recent.push(`${action.name} (${cluster.name})`);
    if (recent.length > 25) recent.shift();
    result.actions++;
    await action.run(scene, cluster);
    await delay(random.below(120));
    model.check();
    replicas.check();
  }

  /** Ends every fault, and waits until the aggregate is what it must be. */
  async function rest(): Promise<void> {
    for (const name of names) rig.cluster(name).faults.clear();
    rig.hub.faults.clear();
    const missing = [...model.clusters.values()].filter(({ entered }) => !entered);
    for (const cluster of missing) cluster.entered = true;
    await rig.registry.edit(Object.fromEntries(missing.map(({ name }) => [name, rig.entry(name)])));
    const startedAt = performance.now();
    await eventually(
      async () => {
        // The exporter first: an aggregate that looks right may be one that it is about to change.
        const status = await replicas.leaderStatus();
        const settled =
          status?.counts.synced === names.length &&
          status.registry.watch.connected &&
          status.aggregate.watch.connected &&
          status.registry.removal === undefined &&
          // A rival is remembered for a minute; what it undid is restored sooner.
          ['published', 'contested'].includes(status.aggregate.state);
        if (!settled) throw new Violation(`not settled after ${restLimitMs} ms`);
        const held = new Map<string, string>();
        for (const part of rig.parts) {
          const data = await part.data();
          // The contents need every part.
          if (data.size === 0) throw new Violation(`a part is still empty after ${restLimitMs} ms`);
          for (const [name, value] of data) {
            if (held.has(name)) throw new Violation(`still in two parts after ${restLimitMs} ms: ${name}`);
            held.set(name, value);
          }
        }
        const wanted = model.settled();
        const differing = [...new Set([...held.keys(), ...wanted.keys()])].filter(
          (name) => held.get(name) !== wanted.get(name),
        );
        if (differing.length > 0)
          throw new Violation(`not healed after ${restLimitMs} ms: ${differing.join(', ')}`);
      },
      { timeoutMs: restLimitMs },
    );
    model.check();
    model.rest();
    result.rests++;
    result.slowestRestMs = Math.max(result.slowestRestMs, Math.round(performance.now() - startedAt));
    result.states = rig.history.length;
    result.interruptions = replicas.interruptions;
    result.rssMiB = (await replicas.leader())?.rssMiB() ?? 0;
  }
}

/** How large each source is, so that all of them nearly fill so many Secrets. */
function contentBytes(parts: number, clusters: number): number {
  const asBase64 = 4 / 3;
  return Math.round(((parts - 0.5) * SECRET_LIMIT_BYTES) / clusters / asBase64);
}
