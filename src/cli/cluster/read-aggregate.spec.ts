import { describe, expect, it } from 'vitest';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import type { KubeRequest } from '../../kube/http/kube-client.ts';
import type { Hub } from '../hub.ts';
import { PARTS_ANNOTATION as PARTS } from '../../storage-sync/publishing/aggregate/aggregate.ts';
import { readAggregate } from './read-aggregate.ts';

/** A hub with these Secrets, and an aggregate of three parts. */
function aHub(
  secrets: Record<string, { data: Record<string, string>; annotations?: Record<string, string> }>,
) {
  const json = async ({ path }: KubeRequest) => {
    const name = path.split('/').at(-1) ?? '';
    const secret = secrets[name];
    if (!secret) throw new KubeRequestError({ reason: 'not_found', status: 404 });
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: {
        name,
        namespace: 'storage',
        uid: name,
        resourceVersion: '1',
        annotations: secret.annotations ?? {},
      },
      data: secret.data,
    };
  };
  const aggregateParts = ['all', 'all-1', 'all-2'].map((name) => ({ namespace: 'storage', name }));
  return { client: { json }, refs: { aggregateParts } } as unknown as Hub;
}

describe('readAggregate', () => {
  const first = (parts: number, data: Record<string, string>) => ({
    data,
    annotations: { [PARTS]: `${parts} moving` },
  });

  it('has the keys of all parts that the first one counts', async () => {
    expect(await readAggregate(aHub({}))).toEqual(new Map());
    expect(
      await readAggregate(aHub({ all: first(3, { east: 'e30=' }), 'all-2': { data: { west: 'e30=' } } })),
    ).toEqual(
      new Map([
        ['east', 'e30='],
        ['west', 'e30='],
      ]),
    );
  });

  it('leaves a Secret of somebody else out that has the name of a part', async () => {
    expect(
      await readAggregate(aHub({ all: first(1, { east: 'e30=' }), 'all-1': { data: { password: 'e30=' } } })),
    ).toEqual(new Map([['east', 'e30=']]));
  });
});
