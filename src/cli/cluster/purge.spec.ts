import { describe, expect, it } from 'vitest';
import type { ManifestObject } from '../kube-objects.ts';
import { READER } from '../manifests/manifests.ts';
import { planPurge } from './purge.ts';

const POLICY = { allowInsecureTls: false, allowProxy: false };
const object = (kind: string, name: string): ManifestObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'storage' },
});
const account = object('ServiceAccount', READER);
const secret = (suffix: string) => object('Secret', `${READER}-${suffix}`);

/** An entry with a token that is bound to a Secret of mcce. */
const anEntry = (suffix: string, host = 'https://10.0.0.1') => {
  const claims = { 'kubernetes.io': { namespace: 'storage', secret: { name: `${READER}-${suffix}` } } };
  const bearerToken = `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
  return Buffer.from(JSON.stringify({ host, bearerToken })).toString('base64');
};
const plan = async (name: string, registry: Record<string, string>, ...secrets: ManifestObject[]) => {
  const reader = { objects: [account], tokenSecrets: () => Promise.resolve(secrets) };
  const { objects, lines } = await planPurge(reader, name, new Map(Object.entries(registry)), POLICY);
  return { names: objects.map(({ metadata }) => metadata.name), lines };
};

describe('planPurge', () => {
  it('ends everything where nobody else lives on it', async () => {
    expect(
      await plan('east', { east: anEntry('a'), west: anEntry('w', 'https://10.0.0.2') }, secret('a')),
    ).toEqual({
      names: [`${READER}-a`, READER],
      lines: [
        `deletes Secret storage/${READER}-a in the cluster`,
        `deletes ServiceAccount storage/${READER} in the cluster`,
      ],
    });
  });

  it('ends its own token alone where another entry is the same cluster', async () => {
    expect(await plan('blue', { blue: anEntry('b'), east: anEntry('a') }, secret('a'), secret('b'))).toEqual({
      names: [`${READER}-b`],
      lines: [
        `deletes Secret storage/${READER}-b in the cluster`,
        `leaves ServiceAccount storage/${READER} there, since the cluster is also east`,
      ],
    });
  });

  it('ends its own token alone where there are tokens for another hub', async () => {
    expect(await plan('east', { east: anEntry('a') }, secret('a'), secret('other'))).toEqual({
      names: [`${READER}-a`],
      lines: [
        `deletes Secret storage/${READER}-a in the cluster`,
        `leaves ServiceAccount storage/${READER} there, since there are other tokens of it (${READER}-other)`,
      ],
    });
  });

  it('goes on where it broke off: without an entry, what no other entry has goes', async () => {
    expect((await plan('east', {}, secret('a'))).names).toEqual([`${READER}-a`, READER]);
    expect((await plan('east', { west: anEntry('a', 'https://other') }, secret('a'))).names).toEqual([]);
  });

  it('ends no token of others for an entry that mcce did not make', async () => {
    const byHand = Buffer.from('{"host": "https://10.0.0.9", "bearerToken": "by hand"}').toString('base64');

    expect((await plan('hand', { hand: byHand, east: anEntry('a') }, secret('a'))).names).toEqual([]);
    expect((await plan('hand', { hand: byHand })).names).toEqual([READER]);
  });
});
