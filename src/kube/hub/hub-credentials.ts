import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import { defaultKubeConfig } from './default-kubeconfig.ts';
import { HubCredentialsError } from './hub-credentials.error.ts';
import { HubNotConfiguredError } from './hub-not-configured.error.ts';
import type { ApiServerTarget, RequestCredentials, TlsOptions } from '../http/api-server-target.ts';
import { untilAborted } from '../../base/time/until-aborted.ts';

const POD_NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/**
 * The hub's own credentials: `KUBECONFIG`, `~/.kube/config`, or the pod's ServiceAccount. They belong to the operator
 * and are trusted, so all that a kubeconfig can do works here: files, exec plugins, OIDC. The entries of the registry
 * never come this way.
 */
export class HubCredentials implements ApiServerTarget {
  readonly server: URL;
  readonly proxy?: URL;
  /** Enough that a request that hangs holds up no other. */
  readonly connections = 8;
  readonly streamsTakeConnection = false;
  readonly connectTimeoutMs = 5_000;
  /** Namespace of the kubeconfig's context, else `default`. The pod's own ServiceAccount is in a context with the pod's. */
  readonly contextNamespace: string;
  /** Namespace of the pod that we run in, whosever the credentials are; else that of the context. */
  readonly namespace: string;
  private tls: TlsOptions = {};

  /** @throws HubNotConfiguredError when there are none, or none that can be used */
  constructor(private kubeConfig: KubeConfig = defaultKubeConfig()) {
    const cluster = kubeConfig.getCurrentCluster();
    if (!cluster?.server || !URL.canParse(cluster.server)) {
      throw new HubNotConfiguredError('The kubeconfig has no current context with a server.');
    }
    this.server = new URL(cluster.server);
    if (this.server.protocol !== 'https:') {
      throw new HubNotConfiguredError("The hub's server is not an https:// address.");
    }
    if (cluster.proxyUrl) {
      if (!URL.canParse(cluster.proxyUrl))
        throw new HubNotConfiguredError("The hub's proxy-url is not an address.");
      this.proxy = new URL(cluster.proxyUrl);
    }
    const context = kubeConfig.getContextObject(kubeConfig.getCurrentContext());
    this.contextNamespace = context?.namespace?.trim() || 'default';
    this.namespace = podNamespace() ?? this.contextNamespace;
  }

  /**
   * Asked for every request, since tokens and certificates are renewed while we run.
   *
   * @throws HubCredentialsError, or the signal's reason
   */
  async credentials(signal: AbortSignal): Promise<RequestCredentials> {
    const options = await this.askLibrary(signal);
    const { ca, cert, key, passphrase, rejectUnauthorized, servername } = options;
    const tls = definedOnly({ ca, cert, key, passphrase, rejectUnauthorized, servername });
    if (!isDeepStrictEqual(tls, this.tls)) this.tls = tls;
    return {
      tls: this.tls,
      headers: { ...(options.headers as Record<string, string>), ...basicAuth(options.auth) },
    };
  }

  /** The library keeps what a program or a login gave until that says that it expires; a fresh configuration keeps nothing. */
  refused(): void {
    const { clusters, users, contexts, currentContext } = this.kubeConfig;
    const fresh = new KubeConfig();
    fresh.loadFromOptions({ clusters, users, contexts, currentContext });
    this.kubeConfig = fresh;
  }

  /** It reads files, runs a program of the operator's, or asks an identity provider. */
  private async askLibrary(signal: AbortSignal): Promise<RequestOptions> {
    const options: RequestOptions = {};
    try {
      await untilAborted(signal, this.kubeConfig.applyToHTTPSOptions(options));
      return options;
    } catch (cause) {
      if (!signal.aborted) throw new HubCredentialsError('failed', cause);
      const timedOut = (signal.reason as Error | undefined)?.name === 'TimeoutError';
      if (timedOut && this.kubeConfig.getCurrentUser()?.exec) throw new HubCredentialsError('hanging');
      throw cause;
    }
  }
}

function podNamespace(): string | undefined {
  try {
    return readFileSync(POD_NAMESPACE_FILE, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

function basicAuth(auth: string | null | undefined): Record<string, string> {
  return auth ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
}

function definedOnly(options: { [Key in keyof TlsOptions]: TlsOptions[Key] | undefined }): TlsOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
