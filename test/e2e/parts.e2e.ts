import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { provisionTools } from '../chart/tools.ts';
import { eventually } from '../support/eventually.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { Fleet } from './fleet.ts';

const run = promisify(execFile);
const NAMES = ['a', 'b', 'c', 'd', 'e'];
/** Two of this size fit into one Secret. */
const LARGE = 350 * 1024;
const SETTINGS = { MCCE_AGGREGATE_PARTS: '3' };

/** Readers as docs/reading.md has them. */
type ReadAggregate = (api: CoreV1Api, namespace: string) => Promise<Map<string, Map<string, string>>>;

describe('an aggregate of several Secrets', () => {
  let fleet: Fleet;
  let folder: string;
  let parts: SecretEditor[];

  beforeAll(async () => {
    fleet = await Fleet.start(['east']);
    folder = await mkdtemp(join(tmpdir(), 'mcce-parts-'));
    parts = [
      fleet.aggregate,
      ...[1, 2].map((part) => new SecretEditor(fleet.hub.admin, `multi-storage-config-${part}`)),
    ];
    await allowParts();
  });

  afterEach(async () => {
    await fleet.reset();
    for (const part of parts) if (await part.read()) await part.delete();
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** As the chart's Role has it with `config.aggregateParts=3`. */
  const allowParts = async () => {
    const path = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/multi-cluster-config-exporter';
    const { body } = await fleet.hub.admin.request('GET', path);
    const rules = body.rules as { resourceNames?: string[] }[];
    for (const rule of rules)
      if (rule.resourceNames?.includes('multi-storage-config'))
        rule.resourceNames.push('multi-storage-config-1', 'multi-storage-config-2');
    await fleet.hub.admin.must('PATCH', path, {
      body: { rules },
      contentType: 'application/merge-patch+json',
    });
  };
  const publishAll = async () => {
    await fleet.source('east').create({ postgres: 'x'.repeat(LARGE), prometheus: 'p' });
    const entry = await fleet.entry('east');
    await fleet.registry.create(Object.fromEntries(NAMES.map((name) => [name, entry])));
    const exporter = await fleet.startExporter(SETTINGS);
    await eventually(async () => {
      expect(await keys()).toEqual(NAMES);
      expect((await exporter.status()).aggregate.state).toBe('published');
    });
    return exporter;
  };
  const keys = async () => {
    const all = await Promise.all(parts.map(async (part) => [...(await part.data()).keys()]));
    return all.flat().toSorted();
  };
  const reader = async (kind: string): Promise<string> => {
    const page = await readFile(new URL('../../docs/reading.md', import.meta.url), 'utf8');
    const [, code] = new RegExp(`<!-- reader: ${kind} -->\\n\`\`\`${kind}\\n([^]*?)\`\`\``).exec(page) ?? [];
    if (code === undefined) throw new Error(`docs/reading.md has no reader in ${kind}`);
    return code;
  };
  it('is read as docs/reading.md says, by a shell and by TypeScript', async () => {
    await publishAll();
    const { kubeconfig } = fleet.hub;

    const { kubectl } = await provisionTools();
    const script = `kubectl() { '${kubectl}' --kubeconfig '${kubeconfig}' "$@"; }\n${await reader('sh')}\nread_aggregate`;
    const { stdout } = await run('bash', ['-c', script], { maxBuffer: 64 * 1024 * 1024 });
    const module = join(folder, 'read-aggregate.ts');
    await writeFile(module, await reader('ts'));
    const { readAggregate } = (await import(pathToFileURL(module).href)) as { readAggregate: ReadAggregate };
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(kubeconfig);
    const read = await readAggregate(kubeConfig.makeApiClient(CoreV1Api), 'default');

    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(NAMES);
    for (const line of lines)
      expect(JSON.parse(line.slice(2))).toMatchObject({ prometheus: Buffer.from('p').toString('base64') });
    expect([...read.keys()].toSorted()).toEqual(NAMES);
    for (const values of read.values()) expect(values.get('prometheus')).toBe('p');
  });

  it('keeps every cluster for its readers while contents grow, move and shrink', async () => {
    const exporter = await publishAll();
    const missing: string[][] = [];
    const done = new AbortController();
    const watch = (async () => {
      while (!done.signal.aborted) {
        const found = new Set(await keys());
        if (found.size < NAMES.length) missing.push([...found]);
      }
    })();

    for (const size of [10, 300 * 1024, 500 * 1024, 20, LARGE]) {
      await fleet.source('east').edit({ postgres: 'y'.repeat(size) });
      await eventually(
        async () => {
          const all = await Promise.all(parts.map(async (part) => [...(await part.data()).values()]));
          const wanted = Buffer.from('y'.repeat(size)).toString('base64');
          const current = all.flat().filter((value) => value.includes(`"${wanted}"`));
          // Beside another one there is no room for one of 500 KiB.
          expect(current.length).toBeGreaterThanOrEqual(size === 500 * 1024 ? 1 : NAMES.length);
        },
        { timeoutMs: 30_000, everyMs: 200 },
      );
    }
    done.abort();
    await watch;

    expect(missing).toEqual([]);
    await eventually(async () => expect(await keys()).toEqual(NAMES));
    expect(exporter.log.filter(({ level }) => level === 'fatal')).toEqual([]);
  });

  it('survives a kill in the middle of moves', async () => {
    const first = await publishAll();
    await fleet.source('east').edit({ postgres: 'z' });
    await first.stop('SIGKILL');
    const seen = await keys();

    await fleet.startExporter(SETTINGS);

    expect(new Set(seen)).toEqual(new Set(NAMES));
    await eventually(async () => {
      expect(await keys()).toEqual(NAMES);
      expect([...(await fleet.aggregate.data()).keys()].toSorted()).toEqual(NAMES);
    });
  });
});
