import type { LookupFunction } from 'node:net';
import type { SecureContextParts, SecureContexts } from './secure-contexts.ts';

/** What a TLS connection to an API server needs. All PEM. */
export interface TlsOptions extends SecureContextParts {
  /** The name, or IP address, that the server's certificate must be for; by default the one that is dialled. */
  servername?: string;
  /** False: whatever certificate. True by default, whatever `NODE_TLS_REJECT_UNAUTHORIZED` says. */
  rejectUnauthorized?: boolean;
}

/** Who asks, and how it proves that. */
export interface RequestCredentials {
  readonly tls: TlsOptions;
  readonly headers: Readonly<Record<string, string>>;
}

/** How to reach one API server, and as whom. */
export interface ApiServerTarget {
  /** Base address, with a path where the API server sits behind one. */
  readonly server: URL;
  readonly proxy?: URL;
  /** How many requests may be under way at once, each on a connection of its own; more wait. Streams do not count. */
  readonly connections: number;
  /**
   * Whether a stream takes the connection on which requests came before, so that who only watches has a single one. What
   * is asked for meanwhile gets another.
   */
  readonly streamsTakeConnection: boolean;
  /** Shared with other clients, where many have the same authority. */
  readonly secureContexts?: SecureContexts;
  /** How names become addresses; as Node does it by default. */
  readonly lookup?: LookupFunction;
  /** For TCP and TLS together. A dial that hangs keeps the next one waiting for this long. Milliseconds. */
  readonly connectTimeoutMs: number;
  /**
   * Called before every request. Returning the same `tls` object again keeps the connections; another one (the
   * certificates were renewed) makes new ones.
   *
   * @param signal ends the waiting for them, at once
   * @throws KubeRequestError, or the signal's reason
   */
  credentials(signal: AbortSignal): RequestCredentials | Promise<RequestCredentials>;
  /** The server did not accept them: what is kept of them is to be forgotten. */
  refused?(): void;
}
