/** How an entry reaches its cluster. */
export interface EntryAccess {
  server: string;
  ca: string;
  token: string;
}

/** An entry in the JSON form of Primus-Lens. */
export function primusLensEntry(
  { server, ca, token }: EntryAccess,
  more: Record<string, unknown> = {},
): string {
  return JSON.stringify({
    host: server,
    bearerToken: token,
    caData: Buffer.from(ca).toString('base64'),
    ...more,
  });
}

/** Fields to add to the kubeconfig of an entry. */
export interface KubeconfigExtras {
  cluster?: Record<string, unknown>;
  user?: Record<string, unknown>;
}

/** An entry that is a kubeconfig, as JSON, which is YAML too. */
export function kubeconfigEntry({ server, ca, token }: EntryAccess, extras: KubeconfigExtras = {}): string {
  const certificateAuthority = Buffer.from(ca).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'main',
    contexts: [{ name: 'main', context: { cluster: 'main', user: 'reader' } }],
    clusters: [
      {
        name: 'main',
        cluster: { server, 'certificate-authority-data': certificateAuthority, ...extras.cluster },
      },
    ],
    users: [{ name: 'reader', user: { token, ...extras.user } }],
  });
}
