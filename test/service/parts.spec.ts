import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { ServiceRig } from './service-rig.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const PART_COUNT = 3;
const ANNOTATION = (name: string) => `multi-cluster-config-exporter/${name}`;
/** Two of this size fit into one Secret. */
const LARGE = 350 * 1024;

describe('an aggregate that is split', () => {
  let rig: ServiceRig;
  let parts: SecretEditor[];

  beforeEach(async () => {
    rig = await ServiceRig.start();
    parts = [
      rig.aggregate,
      ...Array.from(
        { length: PART_COUNT - 1 },
        (_, index) => new SecretEditor(rig.hub.admin, `multi-storage-config-${index + 1}`),
      ),
    ];
    await rig.source.edit({ postgres: 'x'.repeat(LARGE) });
    await rig.registry.create(Object.fromEntries(NAMES.map((name) => [name, rig.entry()])));
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = async (settings: Record<string, string> = {}) =>
    await rig.startService({ MCCE_AGGREGATE_PARTS: String(PART_COUNT), ...settings });
  const keys = async () =>
    await Promise.all(parts.map(async (part) => [...(await part.data()).keys()].toSorted()));
  /** Which clusters share a part is decided by which was read first. */
  const untilSpread = async () =>
    await eventually(async () => {
      const found = await keys();
      expect(found.map((names) => names.length)).toEqual([2, 2, 1]);
      expect(found.flat().toSorted()).toEqual(NAMES);
      expect((await rig.status()).aggregate.state).toBe('published');
      return found;
    });
  const annotation = async (part: number, name: string) =>
    (await parts[part]?.read())?.metadata?.annotations?.[ANNOTATION(name)];
  const writes = () => rig.hub.requests.filter((request) => request.startsWith('PATCH')).length;

  it('holds every cluster once, and says what a whole reading of it is', async () => {
    await start();

    await untilSpread();
    const hashes: (string | undefined)[] = [];
    for (const [index, part] of parts.entries()) {
      hashes.push(await annotation(index, 'content-hash'));
      expect((await part.read())?.metadata?.labels).toMatchObject({
        'app.kubernetes.io/managed-by': 'multi-cluster-config-exporter',
        [ANNOTATION('aggregate')]: 'multi-storage-config',
      });
    }
    const whole = createHash('sha256').update(hashes.map((hash) => `${hash}\n`).join(''));
    await eventually(async () =>
      expect(await annotation(0, 'parts')).toBe(`${PART_COUNT} ${whole.copy().digest('hex')}`),
    );
    const { aggregate } = await rig.status();
    expect(aggregate).toMatchObject({ state: 'published', keys: 5, limitBytes: PART_COUNT * 1024 * 1024 });
    expect((await rig.get('/health')).status).toBe(200);
  });

  it('is taken over after a restart without a write, last-known-good from every part', async () => {
    const first = await start();
    const spread = await untilSpread();
    await first.close();
    rig.east.faults.inject({ kind: 'status', status: 503 });
    const before = writes();

    await start({ MCCE_SYNC_INTERVAL: '1h' });
    await eventually(async () => expect((await rig.status()).counts).toMatchObject({ stale: 5 }));
    await delay(500);

    expect(await keys()).toEqual(spread);
    expect(writes()).toBe(before);
  });

  it('restores a part that somebody edits or deletes', async () => {
    await start();
    const spread = await untilSpread();
    const restored = () => eventually(async () => expect(await keys()).toEqual(spread));

    await parts[1]?.edit({ [spread[1]?.[0] ?? '']: null, foreign: 'x' });
    await restored();
    await parts[2]?.delete();

    await restored();
  });

  it('empties its last part when the others have room, and may then be lowered', async () => {
    const first = await start();
    await untilSpread();
    await rig.source.edit({ postgres: 'small' });
    await eventually(async () => expect(await keys()).toEqual([NAMES, [], []]));
    await eventually(async () => expect(await annotation(0, 'parts')).toMatch(/^1 /));
    await first.close();

    await start({ MCCE_AGGREGATE_PARTS: '1' });
    await rig.source.edit({ postgres: 'newer' });

    await eventually(async () =>
      expect((await rig.aggregate.data()).get('e')).toContain(Buffer.from('newer').toString('base64')),
    );
    expect((await rig.status()).aggregate.state).toBe('published');
  });

  it('is left alone while fewer parts are allowed than hold keys, and says so', async () => {
    const first = await start();
    const spread = await untilSpread();
    await first.close();
    const before = writes();

    await start({ MCCE_AGGREGATE_PARTS: '2' });

    await eventually(async () =>
      expect((await rig.status()).aggregate).toMatchObject({
        state: 'failing',
        lasting: true,
        message: 'The aggregate is split over 3 Secrets, and MCCE_AGGREGATE_PARTS allows 2.',
      }),
    );
    expect((await rig.get('/health')).status).toBe(503);
    expect(writes()).toBe(before);
    expect(await keys()).toEqual(spread);
  });

  it('does not touch a Secret of somebody else that has the name of a part', async () => {
    await parts[1]?.create({ theirs: 'x' });

    await start();

    await eventually(async () =>
      expect((await rig.status()).aggregate).toMatchObject({ state: 'failing', lasting: true }),
    );
    // The others go on without it.
    await eventually(async () => expect((await keys()).map((names) => names.length)).toEqual([2, 1, 2]));
    expect((await keys())[1]).toEqual(['theirs']);
  });

  it('goes on when what was in the way is gone', async () => {
    await parts[1]?.create({ theirs: 'x' });
    await start();
    await eventually(async () => expect((await rig.status()).aggregate.state).toBe('failing'));

    await parts[1]?.delete();

    await untilSpread();
  });
});
