import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../base/config/settings.ts';
import type { KubeClient } from '../../kube/http/kube-client.ts';
import type { ObjectRefs } from '../../kube/hub/object-refs.ts';
import type { Asker } from './exporter-identity.ts';
import { hubPermission } from './hub-permission.ts';

const at = (name: string) => ({ namespace: 'storage', name });
const hub = {
  settings: parseSettings({}),
  refs: {
    registry: at('multi-k8s-config'),
    aggregate: at('multi-storage-config'),
    aggregateParts: [at('multi-storage-config')],
    lease: at('lease'),
    source: at('storage-config'),
  } satisfies ObjectRefs,
};

/** An API server that allows everything but a verb. */
function aServerWithout(forbidden: string): KubeClient {
  const json: KubeClient['json'] = async ({ body = '' }) => {
    const review = JSON.parse(body) as { spec: { resourceAttributes: { verb: string } } };
    return { status: { allowed: review.spec.resourceAttributes.verb !== forbidden } };
  };
  return { json } as KubeClient;
}

describe('hubPermission', () => {
  const find = (asker: Asker, forbidden: string) =>
    hubPermission(aServerWithout(forbidden), hub, { asker, signal: new AbortController().signal });

  it('fails where the exporter lacks something', async () => {
    expect(await find('exporter', 'patch')).toMatchObject({
      verdict: 'failed',
      message: 'The exporter may not patch the Secret storage/multi-storage-config.',
    });
  });

  it.each([
    ['operator', 'as the user of this kubeconfig'],
    ['pod', 'as the ServiceAccount of this pod'],
  ] as const)('blames nothing that the %s lacks on the exporter', async (asker, words) => {
    expect(await find(asker, 'none')).toMatchObject({
      verdict: 'good',
      message: expect.stringContaining(words),
    });
    expect(await find(asker, 'patch')).toMatchObject({
      verdict: 'warning',
      message: expect.stringContaining(`May not patch the Secret storage/multi-storage-config, ${words}`),
    });
    expect(await find(asker, 'list')).toMatchObject({
      verdict: 'failed',
      message: expect.stringContaining(words),
    });
  });
});
