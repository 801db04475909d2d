import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { isExporter } from './exporter-identity.ts';

const NAME = 'multi-cluster-config-exporter';

/** A token of which only the subject counts. */
function aTokenOf(subject: string): string {
  const claims = Buffer.from(JSON.stringify({ sub: subject })).toString('base64url');
  return `Bearer header.${claims}.signature`;
}

describe('isExporter', () => {
  const operator = new KubeConfig();
  operator.loadFromClusterAndUser(
    { name: 'hub', server: 'https://hub', skipTLSVerify: false },
    { name: 'operator' },
  );

  it('knows the ServiceAccount of the exporter by its token', () => {
    const may = (authorization?: string) => isExporter(operator, authorization, 'storage');

    expect(may(aTokenOf(`system:serviceaccount:storage:${NAME}`))).toBe(true);
    expect(may(aTokenOf(`system:serviceaccount:other:${NAME}`))).toBe(false);
    expect(may(aTokenOf('operator'))).toBe(false);
  });

  it.each([undefined, 'Bearer opaque', 'Bearer a.b.c', 'Bearer a.bnVsbA.c', 'Basic eDp5'])(
    'knows nobody by %s',
    (authorization) => {
      expect(isExporter(operator, authorization, 'storage')).toBe(false);
    },
  );

  it('takes whoever runs in a pod for the exporter', () => {
    const pod = new KubeConfig();
    pod.loadFromCluster();

    expect(isExporter(pod, undefined, 'storage')).toBe(true);
  });
});
