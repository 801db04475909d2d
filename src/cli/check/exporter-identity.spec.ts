import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { askerOf } from './exporter-identity.ts';

const NAME = 'multi-cluster-config-exporter';

/** A token of which only the subject counts. */
function aTokenOf(subject: string): string {
  const claims = Buffer.from(JSON.stringify({ sub: subject })).toString('base64url');
  return `Bearer header.${claims}.signature`;
}

describe('askerOf', () => {
  const operator = new KubeConfig();
  operator.loadFromClusterAndUser(
    { name: 'hub', server: 'https://hub', skipTLSVerify: false },
    { name: 'operator' },
  );

  it('knows the ServiceAccount of the exporter by its token', () => {
    const asker = (subject: string) => askerOf(operator, aTokenOf(subject), 'storage');

    expect(asker(`system:serviceaccount:storage:${NAME}`)).toBe('exporter');
    expect(asker(`system:serviceaccount:storage:prod-${NAME}`)).toBe('exporter');
    expect(asker(`system:serviceaccount:other:${NAME}`)).toBe('operator');
    expect(asker(`system:serviceaccount:storage:${NAME}-reader`)).toBe('operator');
    expect(asker('operator')).toBe('operator');
  });

  it.each([undefined, 'Bearer opaque', 'Bearer a.b.c', 'Bearer a.bnVsbA.c', 'Basic eDp5'])(
    'knows nobody by %s',
    (authorization) => {
      expect(askerOf(operator, authorization, 'storage')).toBe('operator');
    },
  );

  it('tells the pod of the exporter from others, wherever the registry is', () => {
    const pod = new KubeConfig();
    pod.loadFromCluster();
    const asker = (authorization?: string) => askerOf(pod, authorization, 'storage');

    expect(asker(aTokenOf(`system:serviceaccount:apps:${NAME}`))).toBe('exporter');
    expect(asker(aTokenOf('system:serviceaccount:ci:runner'))).toBe('pod');
    expect(asker()).toBe('pod');
  });
});
