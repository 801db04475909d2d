import type { KubeConfig } from '@kubernetes/client-node';
import { EXPORTER } from '../manifests/manifests.ts';

/** What the library calls the user of the pod's own ServiceAccount. */
const POD_USER = 'inClusterUser';

/**
 * Whether we run with the exporter's own credentials: in its pod, or with a token of its ServiceAccount. Who signed the token is not
 * our business: it only decides how we word things.
 *
 * @param authorization header of the requests to the hub
 */
export function isExporter(
  kubeConfig: KubeConfig,
  authorization: string | undefined,
  namespace: string,
): boolean {
  return (
    kubeConfig.getCurrentUser()?.name === POD_USER ||
    subjectOf(authorization) === `system:serviceaccount:${namespace}:${EXPORTER}`
  );
}

/** The claim `sub` of a bearer token that is a JWT (RFC 7519, 4.1.2). */
function subjectOf(authorization: string | undefined): unknown {
  const payload = authorization?.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
      sub?: unknown;
    } | null;
    return claims?.sub;
  } catch {
    return undefined;
  }
}
