import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../base/config/settings.ts';
import type { HubCredentials } from './hub-credentials.ts';
import { ObjectRefs } from './object-refs.ts';

const refs = (environment: Record<string, string>, namespace = 'default') =>
  new ObjectRefs(parseSettings(environment), { namespace } as HubCredentials);

describe('the names of the Secrets, once they are resolved,', () => {
  it('are in the namespace of the setting, else in that of the hub', () => {
    expect(refs({}, 'pods').aggregate).toEqual({ namespace: 'pods', name: 'multi-storage-config' });
    expect(refs({ MCCE_NAMESPACE: 'storage' }, 'pods').source).toEqual({
      namespace: 'storage',
      name: 'storage-config',
    });
  });

  it.each([
    ['aggregate and registry', { MCCE_AGGREGATE_SECRET: 'multi-k8s-config' }],
    ['aggregate and source', { MCCE_AGGREGATE_SECRET: 'storage-config' }],
    ['aggregate and source', { MCCE_AGGREGATE_SECRET: 'storage-config', MCCE_SOURCE_NAMESPACE: 'pods' }],
    [
      'aggregate and source',
      { MCCE_AGGREGATE_SECRET: 'storage-config', MCCE_NAMESPACE: 'a', MCCE_SOURCE_NAMESPACE: 'a' },
    ],
    ['source and registry', { MCCE_SOURCE_SECRET: 'multi-k8s-config' }],
    ['source and registry', { MCCE_REGISTRY_SECRET: 'storage-config', MCCE_SOURCE_NAMESPACE: 'pods' }],
  ])('must not be the same for %s: %o', (what, environment) => {
    const pattern = new RegExp(`the ${what.replace(' and ', ' and the ')} are the same Secret`, 'i');
    expect(() => refs(environment, 'pods')).toThrow(pattern);
  });

  it('may be the same in different namespaces', () => {
    expect(() =>
      refs({ MCCE_AGGREGATE_SECRET: 'storage-config', MCCE_SOURCE_NAMESPACE: 'elsewhere' }),
    ).not.toThrow();
    expect(() =>
      refs({ MCCE_SOURCE_SECRET: 'multi-k8s-config', MCCE_SOURCE_NAMESPACE: 'elsewhere' }),
    ).not.toThrow();
  });
});
