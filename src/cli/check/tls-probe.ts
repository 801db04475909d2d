import { once } from 'node:events';
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { TlsOptions } from '../../kube/http/api-server-target.ts';

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a server showed of itself. */
export interface Presented {
  readonly certificate: X509Certificate | undefined;
  /** Code of OpenSSL or Node for why it is not accepted; undefined when it is. */
  readonly problem: string | undefined;
}

/**
 * Shakes hands as a client with these options would, and says what the server presented. A certificate that is not accepted does not
 * end it, so that it can be looked at; nothing is sent to the server afterwards.
 *
 * @throws Error of the connection, or of the handshake
 */
export async function probeTls(
  { host, port }: Address,
  tls: TlsOptions,
  signal: AbortSignal,
): Promise<Presented> {
  const socket = connect({
    ...tls,
    host,
    port,
    servername: tls.servername ?? (isIP(host) === 0 ? host : ''),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
  });
  // What comes after the handshake is not our business.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'secureConnect', { signal });
    // The types say Error; it is a code, or the text of an error without one.
    const problem = socket.authorizationError as string | Error | null | undefined;
    return {
      certificate: socket.getPeerX509Certificate(),
      problem: problem ? String(problem) : undefined,
    };
  } finally {
    socket.destroy();
  }
}
