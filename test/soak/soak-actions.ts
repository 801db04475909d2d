import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { FaultRig } from '../faults/fault-rig.ts';
import type { Fault } from '../sandbox/faults.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { SoakReplicas } from './soak-replicas.ts';
import type { ModelCluster, SoakModel } from './soak-model.ts';

/** What the actions work on. */
export interface Scene {
  rig: FaultRig;
  model: SoakModel;
  random: SeededRandom;
  replicas: SoakReplicas;
}

/** One thing that happens. The name is printed when a promise is broken. */
export interface Action {
  name: string;
  /** How often it is drawn, beside the others. */
  weight: number;
  run: (scene: Scene, cluster: ModelCluster) => Promise<void>;
}

const FAULTS: [Fault, ...Fault[]] = [
  { kind: 'hang' },
  { kind: 'drop' },
  { kind: 'reset' },
  { kind: 'endless' },
  { kind: 'drip', everyMs: 20 },
  { kind: 'delay', ms: 200 },
  { kind: 'body', body: 'garbage' },
  { kind: 'body', body: '{"kind":"Secret","metadata":{}}' },
  { kind: 'status', status: 401 },
  { kind: 'status', status: 403 },
  { kind: 'status', status: 404, body: 'not found' },
  { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
];

/** Everything that can happen to a fleet. */
export const ACTIONS: readonly Action[] = [
  {
    name: 'a source changes',
    weight: 30,
    run: async ({ rig, model }, cluster) => {
      cluster.revision++;
      rig.cluster(cluster.name).editSecret('storage-config', { opensearch: model.textOf(cluster) });
    },
  },
  {
    name: 'a source never rests for a while',
    weight: 3,
    run: async ({ rig, model, random }, cluster) => {
      for (let count = 20 + random.below(60); count > 0; count--) {
        cluster.revision++;
        rig.cluster(cluster.name).editSecret('storage-config', { opensearch: model.textOf(cluster) });
        await delay(20);
      }
    },
  },
  {
    name: 'a cluster fails',
    weight: 12,
    run: async ({ rig, random }, { name }) => {
      rig.cluster(name).faults.inject(random.pick(FAULTS));
      // Some fail for new requests alone, some lose their streams as well.
      if (random.below(2) === 0) rig.cluster(name).cutConnections();
    },
  },
  {
    name: 'a cluster is mended',
    weight: 12,
    run: async ({ rig }, { name }) => rig.cluster(name).faults.clear(),
  },
  {
    name: 'a cluster loses its connections',
    weight: 4,
    run: async ({ rig }, { name }) => rig.cluster(name).cutConnections(),
  },
  {
    name: 'a cluster ends its watches',
    weight: 3,
    run: async ({ rig }, { name }) => rig.cluster(name).watches.end(),
  },
  {
    name: 'a cluster forgets its history, and its watches are cut',
    weight: 2,
    run: async ({ rig }, { name }) => {
      rig.cluster(name).store.compact();
      rig.cluster(name).watches.cut();
    },
  },
  {
    name: 'a cluster is gone for a moment',
    weight: 4,
    run: async ({ rig, random }, { name }) => {
      await rig.cluster(name).refuse();
      await delay(random.below(500));
      await rig.cluster(name).listen();
    },
  },
  {
    name: 'an entry is rotated',
    weight: 8,
    run: async ({ rig }, cluster) => {
      cluster.entered = true;
      await rig.registry.edit({ [cluster.name]: rig.entry(cluster.name) });
    },
  },
  {
    name: 'an entry is removed',
    weight: 3,
    run: async ({ rig }, cluster) => {
      cluster.mayGo = true;
      cluster.entered = false;
      await rig.registry.edit({ [cluster.name]: null });
    },
  },
  {
    name: 'an entry is spoilt',
    weight: 4,
    run: async ({ rig, random }, cluster) => {
      cluster.entered = false;
      await rig.registry.edit({
        [cluster.name]: random.pick(['', '{', '[]', '{"host":"http://x"}', 'exec: {}']),
      });
    },
  },
  {
    name: 'the registry is torn',
    weight: 2,
    run: async ({ rig, model, random }, left) => {
      const lost = [...model.clusters.values()].filter((cluster) => cluster !== left);
      // That it is good is what makes the registry usable, and the others missing.
      left.entered = true;
      for (const cluster of lost) cluster.entered = false;
      const entries = lost.map(({ name }) => [name, null] as const);
      await rig.registry.edit({ ...Object.fromEntries(entries), [left.name]: rig.entry(left.name) });
      const published = [...(rig.history.at(-1)?.keys() ?? [])];
      await eventually(
        () =>
          expectRemembered(
            rig,
            lost.map(({ name }) => name),
            published,
          ),
        {
          timeoutMs: 1_500,
        },
      ).catch(() => {
        // Nobody has seen it yet, or could write it down: a restart may let one or two go that are still missing then.
        for (const cluster of lost) cluster.mayGo = true;
      });
      await delay(random.below(500));
    },
  },
  {
    name: 'every watch is cut',
    weight: 3,
    run: async ({ rig }) => rig.hub.watches.cut(),
  },
  {
    name: 'every watch ends',
    weight: 3,
    run: async ({ rig }) => rig.hub.watches.end(),
  },
  {
    name: 'the hub forgets its history',
    weight: 2,
    run: async ({ rig }) => rig.hub.store.compact(),
  },
  {
    name: 'the hub is gone for a moment',
    weight: 2,
    run: async ({ rig, random }) => {
      await rig.hub.refuse();
      await delay(random.below(1_000));
      await rig.hub.listen();
    },
  },
  {
    name: 'the hub refuses writes for a moment',
    weight: 3,
    run: async ({ rig, random }) => {
      const status = random.pick([403, 409, 429, 500]);
      const lift = rig.hub.faults.inject({ kind: 'status', status }, { when: isWriteOfExporter });
      await delay(random.below(700));
      lift();
    },
  },
  {
    name: 'a key of the aggregate is edited by hand',
    weight: 3,
    run: async ({ rig, model, random }, cluster) => {
      // Until it is restored it is no last-known-good: a restart in between loses it.
      cluster.mayGo = true;
      model.expectHandEdit('by hand');
      const part = random.pick(rig.parts);
      // An unused part that holds keys is somebody else's, and the exporter leaves it alone.
      if ((await part.data()).size > 0) await part.edit({ [cluster.name]: 'by hand', foreign: 'by hand' });
    },
  },
  {
    name: 'somebody else writes the aggregate, too',
    weight: 2,
    run: async ({ rig, model, random }, cluster) => {
      cluster.mayGo = true;
      model.expectHandEdit('by a rival');
      const part = random.pick(rig.parts);
      for (let count = 5 + random.below(15); count > 0; count--) {
        if ((await part.data()).size > 0) await part.edit({ [cluster.name]: 'by a rival' });
        await delay(50);
      }
    },
  },
  {
    name: 'the aggregate is deleted',
    weight: 1,
    run: async ({ rig, model, random }) => {
      for (const cluster of model.clusters.values()) cluster.mayGo = true;
      const part = random.pick(rig.parts);
      if (await part.read()) await part.delete();
    },
  },
  {
    name: 'an exporter is killed',
    weight: 2,
    run: async ({ replicas, random }) => replicas.restart(random, 'SIGKILL'),
  },
  {
    name: 'an exporter is stopped',
    weight: 1,
    run: async ({ replicas, random }) => replicas.restart(random, 'SIGTERM'),
  },
  {
    name: 'an exporter stands still for a while',
    weight: 1,
    run: async ({ replicas, random }) => replicas.pause(random),
  },
];

/** Holds the aggregate against what is lost: it says of every cluster that has a key that it is held. */
async function expectRemembered(
  rig: FaultRig,
  lost: readonly string[],
  published: readonly string[],
): Promise<void> {
  const secrets = await Promise.all(rig.parts.map(async (part) => await part.read()));
  const items = secrets.flatMap((secret) =>
    (secret?.metadata?.annotations?.['multi-cluster-config-exporter/cluster-states'] ?? '').split(','),
  );
  const held = new Set(
    items.filter((item) => item.endsWith(' removed')).map((item) => item.split(' ')[0] ?? ''),
  );
  if (lost.some((name) => published.includes(name) && !held.has(name))) throw new Error('not remembered yet');
}

/** Draws an action by weight. */
export function drawAction(random: SeededRandom): Action {
  const total = ACTIONS.reduce((sum, { weight }) => sum + weight, 0);
  let ticket = random.below(total);
  const drawn = ACTIONS.find(({ weight }) => (ticket -= weight) < 0);
  if (!drawn) throw new Error('every ticket is below the total');
  return drawn;
}

/** Only the exporter applies by this name; the test's own edits go on. */
function isWriteOfExporter({ method, path }: { method: string; path: string }): boolean {
  return method === 'PATCH' && /\/multi-storage-config(-\d+)?$/.test(path);
}
