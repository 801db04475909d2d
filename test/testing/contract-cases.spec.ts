import { describe, expect, it } from 'vitest';
import { PrimusLensPayloadCheck } from '../../src/storage-sync/keeping/payload-check.ts';
import {
  AggregateWriter,
  type Cluster,
  ContentTransform,
  Output,
  type PublishedContent,
  type ReadResult,
  RegistrySource,
  type SecretSnapshot,
  SourceData,
  SourceReader,
  type Transformed,
  type WantedObject,
  type WatchResult,
} from '../../src/index.ts';
import { aggregateWriterContract } from './aggregate-writer.contract-cases.ts';
import type { ContractCase } from './contract-case.ts';
import { contentTransformContract } from './content-transform.contract-cases.ts';
import { outputContract } from './output.contract-cases.ts';
import { payloadCheckContract } from './payload-check.contract-cases.ts';
import { registrySourceContract } from './registry-source.contract-cases.ts';
import { sourceReaderContract } from './source-reader.contract-cases.ts';

describe('the check for Primus-Lens', () => {
  for (const { name, run } of payloadCheckContract(() => new PrimusLensPayloadCheck())) it(name, run);
});

describe('the contract of a registry source', () => {
  it('finds out one that tells nothing', async () => {
    class Silent extends RegistrySource {
      override readonly name = 'silent';
      override readonly where = 'nowhere';
      override readonly watch = { connected: true, since: new Date(), listed: true };
      override start(): void {}
      override async stop(): Promise<void> {}
      override refresh(): Promise<boolean> {
        return Promise.resolve(true);
      }
      override judge() {
        return { refused: { reason: 'invalid_entry' as const, message: 'No.', remedy: 'None.' } };
      }
    }
    const rig = { source: new Silent(), hold: async () => {}, stop: async () => {} };
    const cases = registrySourceContract(() => Promise.resolve(rig));

    const looks = cases.find(({ name }) => name.startsWith('can be stopped'));
    await looks?.run();
    const usable = cases.find(({ name }) => name.startsWith('accepts usable'));
    await expect(usable?.run()).rejects.toThrow();
  });
});

describe('the contract of a content transform', () => {
  class Keeping extends ContentTransform {
    override transform(_cluster: string, data: SourceData): Transformed {
      return { data };
    }
  }
  class Changing extends ContentTransform {
    private count = 0;

    override transform(_cluster: string, data: SourceData): Transformed {
      const [key = 'none'] = data.keys;
      (data.encoded as Map<string, string>).set(key, String(++this.count));
      return { data };
    }
  }

  it('is kept by one that changes nothing', async () => {
    expect(await failures(contentTransformContract(() => new Keeping()))).toEqual([]);
  });

  it('finds out one that changes what it was given, or gives another thing each time', async () => {
    expect(await failures(contentTransformContract(() => new Changing()))).toEqual([
      'gives of the same data the same, and leaves what it was given alone',
    ]);
  });
});

describe('the contract of an output', () => {
  class Summaries extends Output {
    override readonly name: string = 'summaries';
    override readonly kinds: Output['kinds'] = [
      { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaces: ['default'] },
    ];

    override objects(contents: ReadonlyMap<string, PublishedContent>): Iterable<WantedObject> {
      return [...contents.keys()].map((cluster) => this.objectOf(cluster));
    }

    /** By a name that Kubernetes takes, whatever that of the cluster is. */
    protected objectOf(cluster: string): WantedObject {
      const name = `summary-${Buffer.from(cluster).toString('hex').slice(0, 100)}`;
      return { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name, fields: {} };
    }
  }
  class Careless extends Summaries {
    override readonly name = 'Not A Name';

    protected override objectOf(cluster: string): WantedObject {
      return { ...super.objectOf(cluster), name: cluster };
    }
  }
  class Elsewhere extends Summaries {
    protected override objectOf(cluster: string): WantedObject {
      return { ...super.objectOf(cluster), namespace: 'kube-system' };
    }
  }

  it('is kept by one whose names fit', async () => {
    expect(await failures(outputContract(() => new Summaries()))).toEqual([]);
  });

  it('finds out names that Kubernetes does not take, and objects in other places', async () => {
    expect(await failures(outputContract(() => new Careless()))).toHaveLength(2);
    expect(await failures(outputContract(() => new Elsewhere()))).toHaveLength(1);
  });
});

describe('the contract of a source reader', () => {
  it('finds out one that heeds no signal, and one that makes something up', async () => {
    class Constant extends SourceReader {
      override async read(): Promise<ReadResult> {
        return await Promise.resolve({ reason: 'ok', data: new Map() });
      }

      override async watch(): Promise<AsyncIterable<WatchResult>> {
        return await Promise.reject(new Error('there are none'));
      }
    }
    const rig = {
      reader: new Constant(),
      cluster: {} as Cluster,
      hold: async () => {},
      refuse: async () => {},
      hang: async () => {},
      stop: async () => {},
    };

    const wrong = await failures(sourceReaderContract(() => Promise.resolve(rig)));
    expect(wrong).toContain('gives what the source holds, as base64 text by key');
    expect(wrong).toContain('says not_found where there is no source');
    expect(wrong).toContain('ends a reading with its signal, as timeout');
  });
});

describe('the contract of an aggregate writer', () => {
  it('finds out one that writes whatever there is, and whoever leads', async () => {
    let there: SecretSnapshot | undefined;
    class Overwriting extends AggregateWriter {
      override async write(...[plan, held]: Parameters<AggregateWriter['write']>) {
        const data = new Map([...(held?.data ?? []), ...plan.set]);
        there = { ...NO_SECRET, data, annotations: new Map(Object.entries(plan.annotations)) };
        return await Promise.resolve(there);
      }
    }
    const rig = {
      writer: new Overwriting(),
      held: () => Promise.resolve(there),
      interfere: async () => {},
      hang: async () => {},
      stop: async () => {
        there = undefined;
        await Promise.resolve();
      },
    };

    expect(await failures(aggregateWriterContract(() => Promise.resolve(rig)))).toHaveLength(6);
  });
});

const NO_SECRET: SecretSnapshot = {
  resourceVersion: '1',
  labels: new Map(),
  annotations: new Map(),
  owners: [],
  type: 'Opaque',
  immutable: false,
  data: new Map(),
};

/** Names of the cases that fail. */
async function failures(cases: readonly ContractCase[]): Promise<string[]> {
  const failed = await Promise.all(
    cases.map(async ({ name, run }) =>
      run().then(
        () => [],
        () => [name],
      ),
    ),
  );
  return failed.flat();
}
