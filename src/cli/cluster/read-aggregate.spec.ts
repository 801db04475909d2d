import { describe, expect, it } from 'vitest';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import type { KubeRequest } from '../../kube/http/kube-client.ts';
import type { Hub } from '../hub.ts';
import { readAggregate } from './read-aggregate.ts';

/** A hub with these Secrets, and an aggregate of three parts. */
function aHub(secrets: Record<string, Record<string, string>>) {
  const json = async ({ path }: KubeRequest) => {
    const name = path.split('/').at(-1) ?? '';
    const data = secrets[name];
    if (!data) throw new KubeRequestError({ reason: 'not_found', status: 404 });
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { name, namespace: 'storage', uid: name, resourceVersion: '1' },
      data,
    };
  };
  const aggregateParts = ['all', 'all-1', 'all-2'].map((name) => ({ namespace: 'storage', name }));
  return { client: { json }, refs: { aggregateParts } } as unknown as Hub;
}

describe('readAggregate', () => {
  it('has the keys of all parts, those left out that do not exist', async () => {
    expect(await readAggregate(aHub({}))).toEqual(new Map());
    expect(await readAggregate(aHub({ all: { east: 'e30=' }, 'all-2': { west: 'e30=' } }))).toEqual(
      new Map([
        ['east', 'e30='],
        ['west', 'e30='],
      ]),
    );
  });
});
