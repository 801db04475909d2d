import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { Fleet } from './fleet.ts';

const ANNOTATION = (name: string) => `multi-cluster-config-exporter/${name}`;
/** Nothing listens there. */
const NOBODY = JSON.stringify({ host: 'https://127.0.0.1:1', bearerToken: 'x' });
const LIST_LIMIT = 64 * 1024;

/** What a real API server and its etcd refuse, met by an aggregate of many clusters that are all down. */
describe('an aggregate of many names', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start([]);
  });

  afterEach(async () => {
    await fleet.reset();
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  const namesOf = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => `c${String(index).padStart(length - 1, '0')}`);
  /** A source's content of so many bytes. */
  const contentOf = (bytes: number) => JSON.stringify({ k: 'A'.repeat((bytes - 8) & ~3) });
  const allOf = <Value>(names: readonly string[], value: Value): Record<string, Value> =>
    Object.fromEntries(names.map((name) => [name, value]));

  it.each([
    { count: 3_000, length: 63, bytes: 328 },
    { count: 10_000, length: 20, bytes: 8 },
  ])(
    'is written with $count names of $length characters, all stale',
    async ({ count, length, bytes }) => {
      const names = namesOf(count, length);
      await fleet.aggregate.create(allOf(names, contentOf(bytes)));
      await fleet.registry.create(allOf(names, NOBODY));

      const exporter = await fleet.startExporter({ MCCE_SYNC_INTERVAL: '10s', MCCE_LOG_LEVEL: 'info' });

      const stale = await eventually(
        async () => {
          const { counts, aggregate } = await exporter.status();
          expect({ ...counts, state: aggregate.state }).toMatchObject({ stale: count, state: 'published' });
          const annotations = (await fleet.aggregate.read())?.metadata?.annotations ?? {};
          expect(annotations[ANNOTATION('cluster-states')]).toMatch(/,… and \d+ more$/);
          const list = annotations[ANNOTATION('stale-clusters')] ?? '';
          const [end = '', more = '0'] = /,… and (\d+) more$/.exec(list) ?? [];
          expect(list.slice(0, list.length - end.length).split(',').length + Number(more)).toBe(count);
          return list;
        },
        { timeoutMs: 110_000, everyMs: 500 },
      );

      expect(exporter.log.filter(({ message }) => message === 'publishing failed, will retry')).toEqual([]);
      expect(Buffer.byteLength(stale)).toBeLessThanOrEqual(LIST_LIMIT);
      expect((await fleet.aggregate.data()).size).toBe(count);
      const { storedBytes, storedLimitBytes } = (await exporter.status()).aggregate;
      console.log(
        `${count} names of ${length}: ${storedBytes} of ${storedLimitBytes} bytes, ${stale.length} in the list`,
      );
    },
    150_000,
  );

  it('holds as many as etcd takes, and no write is ever refused', async () => {
    const east = await SandboxApiServer.start('east');
    try {
      east.authorizer.addUser('reader', [{ verbs: ['list', 'get'], resource: 'secrets' }]);
      await new SecretEditor(east.admin, 'storage-config').create({ k: 'x'.repeat(135) });
      const entry = JSON.stringify({ host: east.url, bearerToken: 'reader', insecureSkipTLSVerify: true });
      const names = namesOf(4_800, 63);
      await fleet.registry.create(allOf(names, entry));

      const exporter = await fleet.startExporter({
        MCCE_ALLOW_INSECURE_TLS: 'true',
        MCCE_WATCH_SOURCES: 'false',
        MCCE_SYNC_INTERVAL: '1h',
        MCCE_READ_TIMEOUT: '30s',
        MCCE_LOG_LEVEL: 'info',
      });

      const { keys, storedBytes, storedLimitBytes, tooLarge } = await eventually(
        async () => {
          const { aggregate, counts } = await exporter.status();
          expect({ ...counts, state: aggregate.state }).toMatchObject({ pending: aggregate.tooLarge.length });
          expect(aggregate.keys + aggregate.tooLarge.length).toBe(names.length);
          expect(aggregate.state).toBe('published');
          return aggregate;
        },
        { timeoutMs: 90_000, everyMs: 500 },
      );

      console.log(`of ${names.length} names of 63: ${keys} fit, ${storedBytes} of ${storedLimitBytes} bytes`);
      expect(tooLarge.length).toBeGreaterThan(100);
      expect(storedBytes).toBeGreaterThan(storedLimitBytes - 1_000);
      expect(exporter.log.filter(({ message }) => message === 'publishing failed, will retry')).toEqual([]);
    } finally {
      await east.stop();
    }
  }, 120_000);
});
