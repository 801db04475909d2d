import { isDeepStrictEqual } from 'node:util';
import { ExporterError } from '../../base/errors/exporter.error.ts';
import { untilAborted } from '../../base/time/until-aborted.ts';
import { KubeRequestError } from '../failures/kube-request.error.ts';
import type { RequestCredentials, TlsOptions } from './api-server-target.ts';

/** What a request proves by who it is of. */
export interface ObtainedCredentials {
  readonly token?: string;
  /** PEM; with `key`. */
  readonly cert?: string;
  /** PEM. */
  readonly key?: string;
}

/**
 * Obtains the credentials of one cluster while the exporter runs, and renews them. Made by a `RegistrySource` when it judges an entry; what
 * that depends on is in the entry's content. Its constructor starts nothing.
 */
export abstract class CredentialsProvider {
  /**
   * Asked before every request: gives what it has while that is valid. Requests at the same time share what is being obtained.
   *
   * @param signal ends the waiting; what is being obtained may go on for the next request
   * @throws KubeRequestError whose reason and message become the cluster's; all else is `unauthorized`
   */
  abstract obtain(signal: AbortSignal): Promise<ObtainedCredentials>;

  /** The cluster did not accept what it gave: that is not to be given again. Must not throw. */
  abstract refused(): void;

  /** The cluster is gone, or has another entry. Must not throw. */
  abstract close(): void;
}

/** Asks a provider for the credentials of each request. The TLS options stay the same object while they are the same, and so do the connections. */
export function obtainedBy(
  provider: CredentialsProvider,
  fixed: TlsOptions,
): (signal: AbortSignal) => Promise<RequestCredentials> {
  let tls = fixed;
  return async (signal) => {
    const { token, cert, key } = await obtain(provider, signal);
    const wanted = cert !== undefined && key !== undefined ? { ...fixed, cert, key } : fixed;
    if (!isDeepStrictEqual(wanted, tls)) tls = wanted;
    return { tls, headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } };
  };
}

async function obtain(provider: CredentialsProvider, signal: AbortSignal): Promise<ObtainedCredentials> {
  try {
    return await untilAborted(signal, provider.obtain(signal));
  } catch (cause) {
    if (signal.aborted || cause instanceof ExporterError) throw cause;
    throw new KubeRequestError({
      reason: 'unauthorized',
      message: 'The credentials of the cluster could not be obtained.',
      remedy: 'See the log of the exporter for what obtains them.',
      cause,
    });
  }
}
