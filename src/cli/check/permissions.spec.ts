import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../base/config/settings.ts';
import type { KubeRequest } from '../../kube/http/kube-client.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import type { Hub } from '../hub.ts';
import { hubPermission } from './permissions.ts';

const at = (name: string) => ({ namespace: 'storage', name });
const FORBIDDEN = new KubeRequestError({ reason: 'forbidden', status: 403 });

interface Given {
  /** The verb that is not allowed. */
  lacks?: string;
  /** ServiceAccount of the exporter's pod. */
  pod?: string;
  mayAskForOthers?: boolean;
  /** What the kubeconfig calls the user. */
  user?: string;
  /** Secrets of the aggregate. */
  parts?: string[];
}

/** A hub whose API server allows everything but a verb, with what it was asked about others. */
function aHub({
  lacks = 'none',
  pod,
  mayAskForOthers = true,
  user = 'operator',
  parts = ['multi-storage-config'],
}: Given) {
  const subjects = new Set<unknown>();
  const json = async ({ path, body = '{}' }: KubeRequest) => {
    if (path.endsWith('/pods')) {
      if (pod === undefined) throw FORBIDDEN;
      return { items: [{ metadata: { name: 'exporter-1' }, spec: { serviceAccountName: pod } }] };
    }
    const { spec } = JSON.parse(body) as { spec: { user?: string; resourceAttributes: { verb: string } } };
    if (path.endsWith('/subjectaccessreviews') && !mayAskForOthers) throw FORBIDDEN;
    subjects.add(spec.user);
    return { status: { allowed: spec.resourceAttributes.verb !== lacks } };
  };
  const hub = {
    client: { json },
    namespace: 'storage',
    kubeConfig: { getCurrentUser: () => ({ name: user }) },
    settings: parseSettings({ MCCE_AGGREGATE_PARTS: String(parts.length) }),
    refs: {
      registry: at('multi-k8s-config'),
      aggregate: at('multi-storage-config'),
      aggregateParts: parts.map(at),
      lease: at('lease'),
      source: at('storage-config'),
    },
  } as unknown as Hub;
  return { hub, subjects };
}

const find = (given: Given) => hubPermission(aHub(given).hub, new AbortController().signal);

describe('hubPermission', () => {
  it("asks for the exporter's own ServiceAccount, and fails where it lacks something", async () => {
    const { hub, subjects } = aHub({ pod: 'exporter', lacks: 'patch' });

    expect(await hubPermission(hub, new AbortController().signal)).toMatchObject({
      verdict: 'failed',
      message:
        'The exporter (the ServiceAccount storage/exporter) may not patch the Secret storage/multi-storage-config.',
      remedy: expect.stringContaining('mcce manifests hub -n storage'),
    });
    expect([...subjects]).toEqual(['system:serviceaccount:storage:exporter']);
    expect(await find({ pod: 'exporter' })).toEqual({
      verdict: 'good',
      message: 'of the ServiceAccount storage/exporter',
    });
  });

  it.each([{ pod: 'exporter', mayAskForOthers: false }, {}])(
    'blames nothing that the operator lacks on the exporter, where it may not ask for it: %j',
    async (given) => {
      expect(await find(given)).toEqual({ verdict: 'good', message: 'of the user of this kubeconfig' });
      expect(await find({ ...given, lacks: 'patch' })).toMatchObject({
        verdict: 'warning',
        message: expect.stringContaining(
          'May not patch the Secret storage/multi-storage-config, as the user',
        ),
      });
      expect(await find({ ...given, lacks: 'list' })).toMatchObject({ verdict: 'failed' });
    },
  );

  it('asks for every part of the aggregate, and tells how many the manifest has to name', async () => {
    const parts = ['multi-storage-config', 'multi-storage-config-1'];

    expect(await find({ pod: 'exporter', lacks: 'patch', parts })).toMatchObject({
      message: expect.stringMatching(
        /patch the Secret storage\/multi-storage-config; patch the Secret storage\/multi-storage-config-1\.$/,
      ),
      remedy: expect.stringContaining('MCCE_AGGREGATE_PARTS=2 mcce manifests hub'),
    });
  });

  it('fails in a pod that lacks something', async () => {
    expect(await find({ user: 'inClusterUser', lacks: 'patch' })).toMatchObject({
      verdict: 'failed',
      message: 'May not patch the Secret storage/multi-storage-config, as the ServiceAccount of this pod.',
    });
  });
});
