import type { KubeConfig } from '@kubernetes/client-node';
import { EXPORTER, READER } from '../manifests/manifests.ts';

/** What the library calls the user of the pod's own ServiceAccount. */
const POD_USER = 'inClusterUser';

/** `pod`: the ServiceAccount of the pod that we run in, which has no name that we know. `operator`: somebody else. */
export type Asker = 'exporter' | 'pod' | 'operator';

/**
 * With whose credentials we run: the exporter's own, in its pod or with a token of its ServiceAccount, or those of somebody else. Who
 * signed the token is not our business: it only decides how we word things.
 *
 * @param authorization header of the requests to the hub
 */
export function askerOf(kubeConfig: KubeConfig, authorization: string | undefined, namespace: string): Asker {
  const inPod = kubeConfig.getCurrentUser()?.name === POD_USER;
  const [, home, name = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subjectOf(authorization)) ?? [];
  // The exporter's pod need not be where the registry is.
  if (isExportersName(name) && (inPod || home === namespace)) return 'exporter';
  return inPod ? 'pod' : 'operator';
}

/** The chart puts the name of its release before it, or takes that name where it holds ours. */
function isExportersName(name: string): boolean {
  return name.includes(EXPORTER) && name !== READER;
}

/** The claim `sub` of a bearer token that is a JWT (RFC 7519, 4.1.2); empty when it has none. */
function subjectOf(authorization: string | undefined): string {
  const payload = authorization?.split('.')[1];
  if (payload === undefined) return '';
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
      sub?: unknown;
    } | null;
    return typeof claims?.sub === 'string' ? claims.sub : '';
  } catch {
    return '';
  }
}
