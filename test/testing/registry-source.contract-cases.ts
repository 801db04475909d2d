import assert from 'node:assert/strict';
import type { RegistrySnapshot, RegistrySource } from '../../src/index.ts';
import { type ContractCase, eventually } from './contract-case.ts';

/** A registry source under test, and the registry that it reads. */
export interface RegistryRig {
  readonly source: RegistrySource;
  /** Has the registry name these clusters and no others, each by a usable entry. */
  hold(this: void, clusters: readonly string[]): Promise<void>;
  /** Ends whatever the rig started. */
  stop(this: void): Promise<void>;
}

const POLICY = { allowInsecureTls: false, allowProxy: false };
/** Long enough for a source to say what it should not. Milliseconds. */
const QUIET_MS = 300;

/** What every `RegistrySource` has to keep to. @param start makes a rig whose registry names no cluster yet */
export function registrySourceContract(start: () => Promise<RegistryRig>): ContractCase[] {
  const contract = (name: string, run: (rig: RegistryRig, told: Told) => Promise<void>): ContractCase => ({
    name,
    run: async () => {
      const rig = await start();
      const told = new Told();
      try {
        await run(rig, told);
      } finally {
        await rig.source.stop();
        await rig.stop();
      }
    },
  });
  return [
    contract('has a name of lower-case words, and says what it reads', async ({ source }) => {
      assert.match(source.name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      assert.notEqual(source.where, '');
      await Promise.resolve();
    }),
    contract('tells what there is, what comes and what goes', async ({ source, hold }, told) => {
      await hold(['east', 'west']);
      source.start(told.take);
      await told.eventuallyNames(['east', 'west']);
      await hold(['east', 'north']);
      await told.eventuallyNames(['east', 'north']);
    }),
    contract('is connected and listed once it has told', async ({ source, hold }, told) => {
      await hold(['east']);
      source.start(told.take);
      await told.eventuallyNames(['east']);
      await eventually(() => {
        assert.equal(source.watch.listed, true);
        assert.equal(source.watch.connected, true);
      });
    }),
    contract('gives the same content for an entry that is the same', async ({ source, hold }, told) => {
      await hold(['east', 'west']);
      source.start(told.take);
      await told.eventuallyNames(['east', 'west']);
      const before = told.contentOf('east');
      await hold(['east', 'west', 'north']);
      await told.eventuallyNames(['east', 'north', 'west']);
      assert.equal(told.contentOf('east'), before);
    }),
    contract('accepts usable entries, and judges the same content alike', async ({ source, hold }, told) => {
      await hold(['east']);
      source.start(told.take);
      await told.eventuallyNames(['east']);
      const [entry] = told.entries;
      assert.ok(entry);
      const verdict = source.judge(entry, POLICY);
      assert.ok('accepted' in verdict, JSON.stringify(verdict));
      assert.deepEqual(source.judge(entry, POLICY), verdict);
    }),
    contract('refuses what is no entry, and never throws', async ({ source }) => {
      for (const text of ['', '{', 'null', '[]', '{"server":"http://x"}', '\u0000'])
        for (const content of [text, Buffer.from(text).toString('base64')]) {
          const verdict = source.judge({ name: 'x', content }, POLICY);
          assert.ok('refused' in verdict, `accepted ${JSON.stringify(content)}`);
          assert.match(verdict.refused.remedy, /\.$/);
        }
      await Promise.resolve();
    }),
    contract('looks at once when it is asked to, and answers', async ({ source, hold }, told) => {
      source.start(told.take);
      await eventually(() => assert.ok(told.snapshots > 0));
      await hold(['east']);
      assert.equal(await source.refresh(), true);
      await told.eventuallyNames(['east']);
    }),
    contract('tells nothing once it has stopped, and can start again', async ({ source, hold }, told) => {
      await hold(['east']);
      source.start(told.take);
      await told.eventuallyNames(['east']);
      await source.stop();
      const { snapshots } = told;
      await hold(['west']);
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      assert.equal(told.snapshots, snapshots);
      source.start(told.take);
      await told.eventuallyNames(['west']);
    }),
    contract('can be stopped at any time', async ({ source }) => {
      await source.stop();
      await source.stop();
    }),
  ];
}

/** What a source has told. */
class Told {
  snapshots = 0;
  entries: { name: string; content: string }[] = [];

  readonly take = ({ entries }: RegistrySnapshot): void => {
    this.snapshots++;
    this.entries = [...(entries ?? [])];
  };

  contentOf(name: string): string | undefined {
    return this.entries.find((entry) => entry.name === name)?.content;
  }

  async eventuallyNames(names: readonly string[]): Promise<void> {
    await eventually(() => assert.deepEqual(this.entries.map(({ name }) => name).toSorted(), names));
  }
}
