import { describe, expect, it } from 'vitest';
import { type HeldObject, MAX_OBJECTS, OUTPUT_LABEL, planObjects, prepare } from './object-plan.ts';
import type { OutputKind, WantedObject } from './output.ts';

const CONFIG_MAP: OutputKind = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaces: ['default'],
};

function aConfigMap(name: string, fields: Partial<WantedObject> = {}): WantedObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name, fields: {}, ...fields };
}

function prepared(...objects: WantedObject[]) {
  return prepare('mine', [CONFIG_MAP], objects, { managed: 'by us' });
}

function held(name: string, resourceVersion: string): [string, HeldObject] {
  const metadata = { resourceVersion, labels: new Map(), annotations: new Map(), owners: [] };
  return [`ConfigMap/default/${name}`, { kind: CONFIG_MAP, namespace: 'default', name, metadata }];
}

describe('what an output wants', () => {
  it('is applied with our labels, whatever labels it asks for', () => {
    const labels = { mine: 'yes', [OUTPUT_LABEL]: 'of another', managed: 'by another' };
    const [object] = prepared(aConfigMap('a', { labels, fields: { data: { x: '1' } } })).values();

    expect(JSON.parse(object?.body ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'a',
        namespace: 'default',
        labels: { mine: 'yes', managed: 'by us', [OUTPUT_LABEL]: 'mine' },
      },
      data: { x: '1' },
    });
  });

  it.each<[string, WantedObject[]]>([
    ['is none of the kinds', [aConfigMap('a', { kind: 'Secret' })]],
    ['is none of the kinds', [aConfigMap('a', { namespace: 'kube-system' })]],
    ['is none of the kinds', [aConfigMap('a', { apiVersion: 'v2' })]],
    ['is wanted twice', [aConfigMap('a'), aConfigMap('a')]],
  ])('is refused where it %s', (problem, objects) => {
    expect(() => prepared(...objects)).toThrow(problem);
  });

  it('is refused where it has no end', () => {
    const endless = function* () {
      for (let count = 0; ; count++) yield aConfigMap(`a-${count}`);
    };

    expect(() => prepare('mine', [CONFIG_MAP], endless(), {})).toThrow(`more than ${MAX_OBJECTS} objects`);
  });

  it('is applied where it differs from what was applied, or was changed or deleted since, and not otherwise', () => {
    const planned = prepared(
      ...['same', 'other', 'changed', 'deleted', 'new'].map((name) => aConfigMap(name)),
    );
    const bodyOf = (name: string) => planned.get(`ConfigMap/default/${name}`)?.body ?? '';
    const applied = new Map(
      ['same', 'changed', 'deleted', 'other'].map((name) => [
        `ConfigMap/default/${name}`,
        { body: name === 'other' ? '{}' : bodyOf(name), resourceVersion: '1' },
      ]),
    );
    const onHub = new Map([held('same', '1'), held('other', '1'), held('changed', '2')]);

    const { apply, remove } = planObjects(planned, onHub, applied);

    expect(apply.map(({ wanted }) => wanted.name)).toEqual(['other', 'changed', 'deleted', 'new']);
    expect(remove).toEqual([]);
  });

  it('goes, at the version that was seen, once it is wanted no more', () => {
    const { apply, remove } = planObjects(prepared(), new Map([held('gone', '7')]), new Map());

    expect(apply).toEqual([]);
    expect(remove).toMatchObject([{ key: 'ConfigMap/default/gone', name: 'gone', resourceVersion: '7' }]);
  });
});
