import assert from 'node:assert/strict';
import { type Output, type PublishedContent, SourceData } from '../../src/index.ts';
import { type ContractCase, HOSTILE_DATA } from './contract-case.ts';

/** What every `Output` has to keep to. */
export function outputContract(make: () => Pick<Output, 'name' | 'kinds' | 'objects'>): ContractCase[] {
  return [
    {
      name: 'has a name of lower-case words, and kinds with namespaces',
      run: async () => {
        const { name, kinds } = make();
        assert.match(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
        assert.ok(kinds.length > 0);
        for (const { namespaces } of kinds) assert.ok(namespaces.length > 0);
        await Promise.resolve();
      },
    },
    {
      name: 'wants of the same contents the same objects: of its kinds, each once, with names that Kubernetes takes',
      run: async () => {
        const output = make();
        const contents = hostileContents();
        const objects = [...output.objects(contents)];
        // What becomes of existing objects may be a function.
        assert.equal(JSON.stringify([...output.objects(contents)]), JSON.stringify(objects));
        const keys = objects.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`);
        assert.equal(new Set(keys).size, keys.length);
        for (const { apiVersion, kind, namespace, name, wish, fields } of objects) {
          assert.ok(
            wish === undefined || fields === undefined,
            `${kind} ${namespace}/${name} has fields that nobody applies`,
          );
          assert.ok(
            output.kinds.some(
              (each) =>
                each.apiVersion === apiVersion && each.kind === kind && each.namespaces.includes(namespace),
            ),
            `${kind} ${namespace}/${name} is none of its kinds`,
          );
          assert.match(name, /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
        }
        await Promise.resolve();
      },
    },
    {
      name: 'copes with an aggregate that holds nothing',
      run: async () => {
        assert.doesNotThrow(() => [...make().objects(new Map())]);
        await Promise.resolve();
      },
    },
  ];
}

function hostileContents(): Map<string, PublishedContent> {
  const names = ['east', 'East.1', 'a_b', 'x'.repeat(253), '__proto__', 'west', 'north', 'south'];
  return new Map(
    HOSTILE_DATA.map((entries, index) => {
      const cluster = names[index] ?? `cluster-${index}`;
      return [cluster, { cluster, digest: String(index), data: new SourceData(new Map(entries)) }];
    }),
  );
}
