import { describe, expect, it } from 'vitest';
import { identityOf } from './identity.ts';

const EAST = { server: new URL('https://api.east.example:6443'), tls: {} };

describe('the identity of an API server', () => {
  it.each([
    ['the credentials', { ...EAST, tls: { ca: 'authority', cert: 'c', key: 'k' } }],
    ['a slash at the end', { ...EAST, server: new URL('https://api.east.example:6443/') }],
  ])('is the same whatever %s', (_what, endpoint) => {
    expect(identityOf(endpoint)).toBe(identityOf(EAST));
  });

  it.each([
    ['address', { ...EAST, server: new URL('https://api.west.example:6443') }],
    ['path', { ...EAST, server: new URL('https://api.east.example:6443/k8s/clusters/c-1') }],
    ['server name', { ...EAST, tls: { servername: 'west.example' } }],
    ['proxy', { ...EAST, proxy: new URL('http://proxy.example:3128') }],
  ])('is another one with another %s', (_what, endpoint) => {
    expect(identityOf(endpoint)).not.toBe(identityOf(EAST));
  });
});
